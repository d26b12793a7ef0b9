// The scripts of every page; each module describes itself. Pages work without them, except for the buttons that sign
// requests.
import { keepTimesCurrent, localizeTimes } from "./times.js";
import { followFeed } from "./live.js";
import { enableActions } from "./actions.js";
import { enableKeys } from "./keys.js";
import { showOutput } from "./console.js";
import { showTimeline } from "./timeline.js";

localizeTimes(document);
keepTimesCurrent(document);
enableActions(document);
enableKeys(document);
showOutput(document);
showTimeline(document);
followFeed(document.body.dataset.feed);
