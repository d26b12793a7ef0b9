// What every page does once it is there; each module says what for. All of it works without as well, apart from the
// buttons that sign requests.
import { localizeTimes } from "./times.js";
import { followFeed } from "./live.js";
import { enableActions } from "./actions.js";
import { enableKeys } from "./keys.js";

localizeTimes(document);
enableActions(document);
enableKeys(document);
followFeed(document.body.dataset.feed);
