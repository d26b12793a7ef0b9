// Keeps a page up to date: after events it reads the same page again and changes what differs in its regions, the
// elements with `data-region`. So the master is the only renderer.
import { morph } from "./morph.js";
import { localizeTimes } from "./times.js";
import { enableActions } from "./actions.js";

// A page is read at most once in this time, however many events there are.
const interval = 1000;

let waiting = 0;
let lastRead = 0;
let isReading = false;
let isStale = false;
let source;

export function followFeed(path) {
  document.addEventListener("page-stale", schedule);
  if (!path) return;
  source = new EventSource(path);
  const tags = new URL(path, location.href).searchParams.get("tags")?.split(",") ?? [];
  for (const tag of ["BUILD_PROGRESS", ...tags]) source.addEventListener(tag, schedule);
  source.onopen = () => {
    show(true);
    // Events before the connection, the first one too, are not repeated.
    schedule();
  };
  source.onerror = () => show(false);
  // A hidden page is not read until it is visible again.
  document.addEventListener("visibilitychange", () => { if (isStale) schedule(); });
}

function schedule() {
  isStale = true;
  if (waiting || isReading || document.hidden) return;
  waiting = setTimeout(read, Math.max(0, lastRead + interval - Date.now()));
}

async function read() {
  waiting = 0;
  isStale = false;
  isReading = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    // An expired login leads to the login page.
    if (answer.redirected) return location.assign(answer.url);
    if (answer.ok) apply(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The master is away: the stream tells when it is back.
    show(false);
  } finally {
    lastRead = Date.now();
    isReading = false;
    if (isStale) schedule();
  }
}

function apply(fresh) {
  localizeTimes(fresh);
  enableActions(fresh);
  for (const region of document.querySelectorAll("[data-region]")) {
    const next = fresh.querySelector(`[data-region="${region.dataset.region}"]`);
    if (next && !holdsSelection(region)) morph(region, next);
  }
  document.title = fresh.title;
  document.dispatchEvent(new CustomEvent("page-updated"));
  // An ended build no longer changes.
  if (!fresh.body.dataset.feed) {
    source?.close();
    document.getElementById("live-state")?.remove();
  }
}

// A reader that selects text is about to copy it, so it must stay.
function holdsSelection(region) {
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && region.contains(selection.anchorNode));
}

function show(isLive) {
  const state = document.getElementById("live-state");
  if (!state) return;
  state.hidden = false;
  state.classList.toggle("lost", !isLive);
  const text = isLive ? "Live" : "Connection lost, trying again";
  if (state.textContent !== text) state.textContent = text;
}
