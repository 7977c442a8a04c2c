import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** 128 random bits: an id has them behind its prefix, `n_`. */
export function randomBits(ids: { make(prefix: "n"): string }): Buffer {
  return Buffer.from(ids.make("n").slice(2), "base64url");
}

/**
 * A text sealed with AES-256-GCM, in base64url. `about` is authenticated with it: what was moved to something else does not open.
 * Random nonces are safe for 2^32 texts with one key (NIST SP 800-38D §8.3). `nonce`: at least 12 bytes, of which the first 12 count.
 */
export function sealText(key: KeyObject, nonce: Uint8Array, text: string, about: string): string {
  const first = nonce.subarray(0, nonceBytes);
  const cipher = createCipheriv(algorithm, key, first);
  cipher.setAAD(Buffer.from(about));
  return Buffer.concat([first, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** Null when it was sealed with another key, was changed, or is about something else. */
export function openSealed(key: KeyObject, sealed: string, about: string): string | null {
  const bytes = Buffer.from(sealed, "base64url");
  // Another spelling of the same bytes is a change too.
  if (bytes.toString("base64url") !== sealed) return null;
  const end = bytes.length - tagBytes;
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(about));
    decipher.setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
