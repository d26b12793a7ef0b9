// The output of an atom: continues as the atom prints, and finds the line of an address.
import { morph } from "./morph.js";
import { localizeTimes } from "./times.js";

// The page is read at most once in this time, however much is printed. The master renders it, so that output becomes
// markup in one place only.
const interval = 500;

export function showOutput(root) {
  const output = root.getElementById("output");
  if (!output) return;
  revealLine();
  addEventListener("hashchange", revealLine);
  if (output.dataset.follow) follow(output.dataset.follow);
}

// A line of another part of the output is on another page.
function revealLine() {
  const line = /^#L(\d+)$/.exec(location.hash)?.[1];
  if (!line) return;
  const item = document.getElementById(`L${line}`);
  if (item) item.scrollIntoView({ block: "center" });
  else if (new URL(location).searchParams.get("line") !== line) location.replace(`${location.pathname}?line=${line}#L${line}`);
}

function follow(path) {
  const box = document.getElementById("follow");
  document.getElementById("follow-label").hidden = false;
  box.addEventListener("change", () => { if (box.checked) scrollToEnd(); });
  // A reader that scrolls up wants to read.
  let last = scrollY;
  addEventListener("scroll", () => {
    if (scrollY < last - 4) box.checked = false;
    last = scrollY;
  }, { passive: true });
  if (box.checked && !location.hash) scrollToEnd();

  const source = new EventSource(path);
  let waiting = 0;
  let isReading = false;
  let isStale = false;
  let hasEnded = false;
  const schedule = () => {
    isStale = true;
    if (!waiting && !isReading) waiting = setTimeout(read, interval);
  };
  const read = async () => {
    waiting = 0;
    isStale = false;
    isReading = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.ok && !answer.redirected) apply(new DOMParser().parseFromString(await answer.text(), "text/html"), box);
    } catch {
      // The master is away: the stream reconnects and continues when it is back.
    } finally {
      isReading = false;
      if (isStale) schedule();
      else if (hasEnded) box.closest("label").hidden = true;
    }
  };
  source.addEventListener("output", schedule);
  source.addEventListener("end", () => {
    hasEnded = true;
    source.close();
    schedule();
  });
}

function apply(fresh, box) {
  localizeTimes(fresh);
  for (const name of ["head", "atom", "output"]) {
    const region = document.querySelector(`[data-region="${name}"]`);
    const next = fresh.querySelector(`[data-region="${name}"]`);
    if (region && next) morph(region, next);
  }
  document.title = fresh.title;
  if (box.checked) scrollToEnd();
}

function scrollToEnd() {
  document.getElementById("end").scrollIntoView({ block: "end" });
}
