import { hash } from "node:crypto";
import type { RecordedInput } from "../../domain/policy-input.ts";
import { type JsonObject, parseExact } from "../../lib/json.ts";
import { mask } from "./kept-input.ts";

/** What is kept of arguments: all of them, up to so many bytes of their JSON text, or a digest alone. */
export interface ArgumentsKept {
  readonly keep: "full" | "digest";
  /** For `full`. */
  readonly maxBytes: number;
}

/** In place of the arguments that a record leaves out: of their JSON text (UTF-8), without what is masked. */
export interface ArgumentsDigest {
  /** `sha256:` and hexadecimal digits. */
  readonly digest: string;
  readonly bytes: number;
}

const place = "/context/arguments";

/** Null: the record has the arguments, or what is masked is all of them, or the request's were too many to be read. */
export function argumentsLeftOut(
  input: RecordedInput,
  { keep, maxBytes }: ArgumentsKept,
  maskPointers: readonly string[],
): ArgumentsDigest | null {
  if (input.document.context["arguments_omitted"] === true || maskPointers.some(isAround)) return null;
  const inside = maskPointers.filter((pointer) => pointer.startsWith(`${place}/`));
  const known = input.argumentsDigest;
  if (known !== null && inside.length === 0)
    return keep === "full" && known.bytes <= maxBytes ? null : { digest: `sha256:${known.hex}`, bytes: known.bytes };
  const text = input.argumentsText();
  if (keep === "full" && !isLonger(text, maxBytes)) return null;
  const kept = inside.length === 0 ? text : masked(text, inside);
  return { digest: `sha256:${hash("sha256", kept, "hex")}`, bytes: Buffer.byteLength(kept) };
}

/** A character has at most three bytes for each of its UTF-16 units: most texts need not be counted. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function isAround(pointer: string): boolean {
  return `${place}/`.startsWith(`${pointer}/`);
}

function masked(text: string, pointers: readonly string[]): string {
  const document = parseExact(text) as JsonObject;
  return JSON.stringify(
    mask(
      document,
      pointers.map((pointer) => pointer.slice(place.length)),
    ).value,
  );
}
