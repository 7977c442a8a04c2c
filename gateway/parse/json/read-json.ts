import { isAscii, isUtf8 } from "node:buffer";
import { Refusal } from "../../domain/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import type { WithBytes } from "../../lib/json-text.ts";
import type { JsonLimits } from "../../domain/route.ts";
import { refuseJson } from "./refuse-json.ts";
import { scanJson } from "./scan.ts";

/**
 * Reads a body that has exactly one meaning: UTF-8 without a byte order mark, no key twice, no number that a double
 * cannot hold, within the limits. What is returned equals JSON.parse of the same text.
 * @throws Refusal json_* or body_too_large, with byte offset and JSON pointer
 */
export function readJson(bytes: Buffer, limits: JsonLimits): WithBytes {
  const ascii = isAscii(bytes);
  if (!ascii) refuseOtherText(bytes);
  const plain = scanJson(bytes, limits);
  const text = bytes.toString(ascii ? "latin1" : "utf8");
  try {
    return { value: JSON.parse(text) as JsonValue, bytes: plain ? bytes : null };
  } catch {
    refuseJson("json_invalid", bytes, rawControl(bytes), "a raw control character in a string");
  }
}

/** Position of a raw control character, the one fault that `scanJson` leaves to JSON.parse. */
function rawControl(bytes: Buffer): number {
  let inside = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x22) inside = !inside;
    else if (inside && byte === 0x5c) at++;
    else if (inside && byte < 0x20) return at;
  }
  return bytes.length;
}

function refuseOtherText(bytes: Buffer): void {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new Refusal("json_text_refused", { hint: "a byte order mark at byte 0" });
  }
  if (!isUtf8(bytes)) throw new Refusal("json_text_refused", { hint: `not UTF-8 at byte ${firstBadByte(bytes)}` });
}

/** Position of the first byte that is not UTF-8: a lenient decoder replaces it, so the re-encoded text differs there. */
function firstBadByte(bytes: Buffer): number {
  const reencoded = Buffer.from(bytes.toString("utf8"));
  let at = 0;
  while (at < bytes.length && bytes[at] === reencoded[at]) at++;
  return at;
}
