import { Refusal } from "../domain/errors.ts";

const longest = 256;

/** RFC 9651 §3.3.3: printable ASCII; a quote and a backslash only behind a backslash. */
const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** What many clients send instead: a UUID or another word, with nothing in it that a list or a parameter would have. */
const bare = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * The key of draft-ietf-httpapi-idempotency-key-header: one string item without parameters. The same text, quoted or not,
 * is the same key.
 * @throws Refusal header_refused
 */
export function readIdempotencyKey(header: string | null): string | null {
  if (header === null) return null;
  const key = quoted.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, "$1") ?? (bare.test(header) ? header : "");
  if (key !== "" && key.length <= longest) return key;
  throw new Refusal("header_refused", {
    hint: `idempotency-key is not one quoted string (RFC 9651) of 1 to ${longest} characters`,
  });
}
