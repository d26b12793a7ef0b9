// Signs requests as the command line does: the digest of the body, and a signature over method, path, time and a nonce, so
// that nobody can send the request once more.
import { hmac } from "./sha512.js";

const text = new TextEncoder();
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// A key that signs. Browsers offer their own cryptography to pages of https and of localhost only; elsewhere the same is
// computed here.
export async function makeKey(secret, subtle = crypto.subtle) {
  const bytes = text.encode(secret);
  if (!subtle) return (message) => hmac(bytes, message);
  const key = await subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  return async (message) => new Uint8Array(await subtle.sign("HMAC", key, message));
}

export async function signedHeaders(key, { method, path, body }) {
  const digest = hex(await key(text.encode(body)));
  const time = Math.floor(Date.now() / 1000);
  const nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
  const mac = hex(await key(text.encode([method, path, time, nonce, digest].join("\n"))));
  return {
    "ClusterRunner-Message-Authentication-Digest": digest,
    "ClusterRunner-Signature": `t=${time},n=${nonce},s=${mac}`,
  };
}
