// Signs requests as the command line does: the digest of the body, and a signature over method, path, the master's run,
// time and a nonce, so that a request cannot be replayed or sent to another master.
import { hmac } from "./sha512.js";

const text = new TextEncoder();
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// The master's proven run, and the seconds by which its clock is ahead of the local one.
let audience = { run: "unknown", ahead: 0 };

// A key for signing. Browsers offer their own cryptography only to pages of https and of localhost; elsewhere the same
// is computed here.
export async function makeKey(secret, subtle = crypto.subtle) {
  const bytes = typeof secret === "string" ? text.encode(secret) : secret;
  if (!subtle) return (message) => hmac(bytes, message);
  const key = await subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  return async (message) => new Uint8Array(await subtle.sign("HMAC", key, message));
}

// The keys derived from a secret (HKDF, RFC 5869), one for each purpose.
export async function makeSigner(secret, subtle = crypto.subtle) {
  const root = await makeKey(await (await makeKey("clusterrunner", subtle))(text.encode(secret)), subtle);
  const derive = async (purpose) => makeKey(await root(text.encode(`clusterrunner ${purpose}\u0001`)), subtle);
  return { body: await derive("signed body"), signature: await derive("signature"), time: await derive("time") };
}

// Sends a request, and repeats it once when the master proves another run or time.
export async function send(signer, request) {
  const nonce = makeNonce();
  const answer = await attempt(signer, request, nonce);
  if (answer.status !== 401 || !await adopt(signer, answer.headers.get("ClusterRunner-Time"), nonce)) return answer;
  return attempt(signer, request, makeNonce());
}

const makeNonce = () => hex(crypto.getRandomValues(new Uint8Array(16)));
const mac = async (key, ...lines) => hex(await key(text.encode(lines.join("\n"))));

async function attempt(signer, { method, path, body }, nonce) {
  const digest = hex(await signer.body(text.encode(body)));
  const time = Math.floor(Date.now() / 1000) + audience.ahead;
  const signature = await mac(signer.signature, method, path, audience.run, time, nonce, digest);
  return fetch(path, {
    method,
    body,
    headers: {
      "Content-Type": "application/json",
      "ClusterRunner-Message-Authentication-Digest": digest,
      "ClusterRunner-Signature": `t=${time},n=${nonce},r=${audience.run},s=${signature}`,
    },
  });
}

async function adopt(signer, header, nonce) {
  const fields = Object.fromEntries((header ?? "").split(",").map((field) => field.split("=")));
  if (!fields.s || fields.s !== await mac(signer.time, fields.t, fields.r, nonce)) return false;
  audience = { run: fields.r, ahead: Number(fields.t) - Math.floor(Date.now() / 1000) };
  return true;
}
