// SHA-512 (FIPS 180-4) and HMAC (RFC 2104), for pages without the browser's own implementation: see signing.js.
const mask = (1n << 64n) - 1n;
const rotate = (x, n) => ((x >> n) | (x << (64n - n))) & mask;

// The constants are the first 64 bits of the fractional parts of roots of the first primes.
const primes = [];
for (let n = 2n; primes.length < 80; n += 1n) if (primes.every((p) => n % p)) primes.push(n);
function root(value, degree) {
  let low = 0n, high = value + 1n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= value) low = middle; else high = middle;
  }
  return low;
}
const rounds = primes.map((p) => root(p << 192n, 3n) & mask);
const start = primes.slice(0, 8).map((p) => root(p << 128n, 2n) & mask);

function block(state, view, offset) {
  const w = [];
  for (let t = 0; t < 16; t += 1) w.push(view.getBigUint64(offset + 8 * t));
  for (let t = 16; t < 80; t += 1) {
    const s0 = rotate(w[t - 15], 1n) ^ rotate(w[t - 15], 8n) ^ (w[t - 15] >> 7n);
    const s1 = rotate(w[t - 2], 19n) ^ rotate(w[t - 2], 61n) ^ (w[t - 2] >> 6n);
    w.push((w[t - 16] + s0 + w[t - 7] + s1) & mask);
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 80; t += 1) {
    const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
    const first = (h + s1 + ((e & f) ^ (~e & mask & g)) + rounds[t] + w[t]) & mask;
    const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & mask;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & mask, c, b, a, (first + second) & mask];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) & mask; });
}

export function sha512(message) {
  const padded = new Uint8Array(Math.ceil((message.length + 17) / 128) * 128);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  const state = [...start];
  for (let offset = 0; offset < padded.length; offset += 128) block(state, view, offset);
  const digest = new DataView(new ArrayBuffer(64));
  state.forEach((value, i) => digest.setBigUint64(8 * i, value));
  return new Uint8Array(digest.buffer);
}

export function hmac(key, message) {
  const short = new Uint8Array(128);
  short.set(key.length > 128 ? sha512(key) : key);
  const inner = sha512(new Uint8Array([...short.map((byte) => byte ^ 0x36), ...message]));
  return sha512(new Uint8Array([...short.map((byte) => byte ^ 0x5c), ...inner]));
}
