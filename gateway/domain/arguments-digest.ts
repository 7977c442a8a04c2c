import { createHash } from "node:crypto";
import type { ToolCall } from "./tool-call.ts";

/** SHA-256 of a text, and its length in UTF-8. */
export interface KnownDigest {
  /** 64 digits. */
  readonly hex: string;
  readonly bytes: number;
}

/** Of the JSON text of a call's arguments; null where the body, which was digested when it was read, is another text. */
export function digestOfArguments({ request, arguments: value, argumentsRead: read }: ToolCall): KnownDigest | null {
  if (read?.value !== value || read.bytes === null || read.bytes !== request.body) return null;
  return { hex: request.bodyDigest, bytes: read.bytes.length };
}

/** Stands in no JSON text. */
const inPlace = "\0";

/** SHA-256 of the JSON text that `write` makes with a text in its place: the text is given as bytes, and not copied. */
export function digestAround(bytes: Buffer, write: (text: string) => string): string {
  const text = write(inPlace);
  const at = text.indexOf(inPlace);
  const digest = createHash("sha256").update(text.slice(0, at)).update(bytes);
  return digest.update(text.slice(at + inPlace.length)).digest("hex");
}
