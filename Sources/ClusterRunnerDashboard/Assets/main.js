// What every page does once it is there; each module says what for. All of it works without as well, apart from the
// buttons that sign requests.
import { localizeTimes } from "./times.js";
import { followFeed } from "./live.js";
import { enableActions } from "./actions.js";
import { enableKeys } from "./keys.js";
import { showOutput } from "./console.js";
import { showTimeline } from "./timeline.js";

localizeTimes(document);
enableActions(document);
enableKeys(document);
showOutput(document);
showTimeline(document);
followFeed(document.body.dataset.feed);
