// Times of the page: how long ago, kept current, and in their title exactly, in the reader's own time zone and format.
// Readers whose clocks are wrong get the right distance, too: the page says the master's time.
const form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const dayForm = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
const interval = 1000;

// The seconds by which the master's clock is ahead of this one.
let ahead = 0;

export function localizeTimes(root) {
  const now = Number(root.body?.dataset.now);
  if (now) ahead = now - Date.now() / 1000;
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (Number.isNaN(time.getTime())) continue;
    element.title = form.format(time);
    const exact = element.nextElementSibling;
    if (exact?.matches("[data-exact]")) exact.textContent = element.title;
    show(element, time);
  }
}

// A hidden page is brought up to date when it is visible again.
export function keepTimesCurrent(root) {
  setInterval(() => { if (!root.hidden) update(root); }, interval);
  root.addEventListener("visibilitychange", () => { if (!root.hidden) update(root); });
}

function update(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (!Number.isNaN(time.getTime())) show(element, time);
  }
}

function show(element, time) {
  const text = relative(Date.now() / 1000 + ahead - time.getTime() / 1000) ?? dayForm.format(time);
  if (element.textContent !== text) element.textContent = text;
}

// The rule of TimeText.relative on the master.
function relative(seconds) {
  const distance = Math.abs(seconds);
  if (distance >= 30 * 86400) return null;
  const whole = Math.round(distance);
  if (whole < 2) return "now";
  const [length, name] = units.find(([length]) => whole >= length);
  const text = `${Math.floor(whole / length)} ${name}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}
