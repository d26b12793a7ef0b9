// The timeline of a build: executors as rows, their work as bars. Zooms with the buttons, plus and minus, or Ctrl and
// the wheel; moves with the arrow keys or by dragging.
const rowHeight = 22;
const barHeight = 16;
const axisHeight = 26;
const svgNamespace = "http://www.w3.org/2000/svg";

let chart;
let detail;
let data;
let readAt = 0;
let view = null; // The visible range, in seconds from the beginning; null shows all.
let isDrawn = true;

export function showTimeline(root) {
  chart = root.getElementById("chart");
  if (!chart) return;
  detail = root.getElementById("chart-detail");
  chart.hidden = false;
  root.getElementById("zoom").hidden = false;
  root.getElementById("zoom").addEventListener("click", (event) => zoomBy(event.target.dataset.zoom));
  chart.addEventListener("keydown", onKey);
  chart.addEventListener("wheel", onWheel, { passive: false });
  chart.addEventListener("pointermove", (event) => tell(event.target));
  chart.addEventListener("pointerleave", () => { detail.textContent = ""; });
  enableDragging();
  new ResizeObserver(schedule).observe(chart);
  document.addEventListener("page-updated", read);
  read();
  // While the build runs, its time advances.
  const clock = setInterval(() => {
    if (data && data.end !== null) clearInterval(clock);
    else schedule();
  }, 1000);
}

async function read() {
  try {
    const answer = await fetch(chart.dataset.timeline, { cache: "no-store" });
    if (!answer.ok) return;
    data = await answer.json();
    readAt = performance.now();
    schedule();
  } catch {
    // The master is away; the page says so, and is read again when it is back.
  }
}

function now() { return data.end ?? data.now + (performance.now() - readAt) / 1000; }
function length() { return Math.max(0.001, now() - data.start); }
function shown() { return view ?? { from: 0, to: length() }; }

function schedule() {
  if (!isDrawn) return;
  isDrawn = false;
  requestAnimationFrame(() => {
    isDrawn = true;
    if (data) draw();
  });
}

function draw() {
  const style = getComputedStyle(chart);
  const width = Math.max(200, chart.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
  const labels = width < 560 ? 64 : 190;
  const { from, to } = shown();
  const scale = (width - labels) / (to - from);
  const place = (seconds) => labels + (seconds - from) * scale;
  const height = axisHeight + data.executors.length * rowHeight;
  const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const clip = make("clipPath", { id: "chart-clip" });
  clip.append(make("rect", { x: labels, y: 0, width: width - labels, height }));
  svg.append(clip);
  drawAxis(svg, place, { from, to, width, height, labels });
  const bars = make("g", { "clip-path": "url(#chart-clip)" });
  data.executors.forEach((executor, row) => {
    const y = axisHeight + row * rowHeight;
    svg.append(label(executor, labels, y));
    bars.append(make("rect", { class: "lane", x: labels, y: y + 1, width: width - labels, height: rowHeight - 2 }));
    for (const span of executor.spans) bars.append(bar(executor, span, place, y, { labels, width }));
  });
  svg.append(bars);
  chart.replaceChildren(svg);
}

function bar(executor, span, place, y, { labels, width }) {
  const start = Math.max(place(span.start - data.start), labels - 2);
  const end = Math.min(place((span.end ?? now()) - data.start), width + 2);
  const rect = make("rect", {
    class: `span ${span.kind} ${span.state ?? (span.failed ? "failed" : "passed")}`,
    x: start.toFixed(1), y: y + 3, width: Math.max(1.5, end - start - 0.5).toFixed(1), height: barHeight, rx: 2,
  });
  rect.description = describe(executor, span);
  if (span.kind !== "atom") return rect;
  const link = make("a", { href: `${chart.dataset.build}/subjobs/${span.subjob}/atoms/${span.atom}`, tabindex: "-1" });
  link.append(rect);
  return link;
}

function label(executor, labels, y) {
  const text = make("text", { class: "lane-label", x: 0, y: y + rowHeight - 7 });
  const name = labels < 100 ? `${executor.slave_id}` : slaveName(executor);
  const room = Math.floor((labels - 30) / 7);
  text.textContent = `${name.length > room ? `${name.slice(0, room - 1)}…` : name} / ${executor.executor}`;
  return text;
}

function drawAxis(svg, place, { from, to, width, height, labels }) {
  const wanted = (to - from) / Math.max(2, (width - labels) / 110);
  const steps = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400];
  const step = steps.find((candidate) => candidate >= wanted) ?? 86400 * Math.ceil(wanted / 86400);
  for (let seconds = Math.ceil(from / step) * step; seconds <= to; seconds += step) {
    const x = place(seconds).toFixed(1);
    svg.append(make("line", { class: "grid", x1: x, x2: x, y1: axisHeight - 6, y2: height }));
    // A label that begins at the edge would be cut off.
    const text = make("text", { class: "axis-label", x, y: 12, "text-anchor": x > width - 50 ? "end" : "start" });
    text.textContent = clock(seconds, step);
    svg.append(text);
  }
}

function clock(seconds, step) {
  if (step < 1) return `${seconds.toFixed(step < 0.01 ? 3 : step < 0.1 ? 2 : 1)} s`;
  if (seconds < 60 && step < 60) return `${Math.round(seconds)} s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.round(seconds) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)} min`;
}

function describe(executor, span) {
  const seconds = (span.end ?? now()) - span.start;
  const took = `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const began = `from ${(span.start - data.start).toFixed(2)} s on`;
  const where = `${slaveName(executor)}, executor ${executor.executor}`;
  if (span.kind === "atom") return `${span.name}: ${span.state}, ${took} ${began}, subjob ${span.subjob}, ${where}`;
  if (span.kind === "atoms") return `${span.count} short atoms, ${span.failed} failed: ${took} ${began}, ${where}`;
  return `${span.kind === "setup" ? "Set-up" : "Teardown"}: ${span.state}, ${took} ${began}, ${where}`;
}

// The name of a slave, as the table of executors has it.
function slaveName(executor) {
  const row = document.querySelector(`#executors tr[data-slave="${executor.slave_id}"] th`);
  return row?.textContent || executor.slave_url || `slave ${executor.slave_id}`;
}

function tell(element) {
  const text = element.description ?? "";
  if (detail.textContent !== text) detail.textContent = text;
}

function make(name, attributes) {
  const element = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function zoomBy(kind, middle) {
  if (!data || !kind) return;
  if (kind === "all") return show(null);
  const { from, to } = shown();
  const center = middle ?? (from + to) / 2;
  const factor = kind === "in" ? 0.5 : 2;
  show({ from: center - (center - from) * factor, to: center + (to - center) * factor });
}

function moveBy(share) {
  const { from, to } = shown();
  const distance = (to - from) * share;
  show({ from: from + distance, to: to + distance });
}

// At most the whole build, at least a millisecond.
function show(wanted) {
  const all = length();
  if (!wanted || wanted.to - wanted.from >= all) {
    view = null;
  } else {
    const size = Math.max(0.001, wanted.to - wanted.from);
    const from = Math.min(Math.max(0, wanted.from), all - size);
    view = { from, to: from + size };
  }
  schedule();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !data) return;
  const actions = {
    "+": () => zoomBy("in"), "=": () => zoomBy("in"), "-": () => zoomBy("out"), "0": () => zoomBy("all"),
    ArrowLeft: () => moveBy(-0.2), ArrowRight: () => moveBy(0.2), Home: () => moveBy(-1e9), End: () => moveBy(1e9),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function onWheel(event) {
  if (!event.ctrlKey && !event.shiftKey) return;
  event.preventDefault();
  const distance = event.deltaY || event.deltaX;
  if (event.shiftKey) return moveBy(Math.sign(distance) * 0.1);
  zoomBy(distance < 0 ? "in" : "out");
}

function enableDragging() {
  let last = null;
  chart.addEventListener("pointerdown", (event) => { if (view && event.button === 0) last = event.clientX; });
  addEventListener("pointerup", () => { last = null; });
  chart.addEventListener("pointermove", (event) => {
    if (last === null) return;
    moveBy((last - event.clientX) / chart.clientWidth);
    last = event.clientX;
  });
}
