import { BuiltinError } from "../types.ts";
import { decodeBase64 } from "./base64.ts";

/** PEM as Go's encoding/pem reads it: strict about where lines begin and end, lenient about what stands between blocks. */

export interface PemBlock {
  readonly type: string;
  readonly bytes: Buffer;
}

const BEGIN = "-----BEGIN ";
const END = "\n-----END ";
const DASHES = "-----";

/** The first block and what follows it, as Go's pem.Decode; undefined when there is none. */
export function decodePem(text: string): { block: PemBlock; rest: string } | undefined {
  // Each END line is tried with the last BEGIN line before it: one that leads to no block is passed over.
  let at = 0;
  for (;;) {
    const end = text.indexOf(END, at);
    if (end < 0) return undefined;
    const begin = text.slice(at, end).lastIndexOf(BEGIN) + at;
    const found = begin === at || text[begin - 1] === "\n" ? readBlock(text, begin, end) : undefined;
    if (found === "no more") return undefined;
    if (found !== undefined) return found;
    at = end + END.length;
  }
}

function readBlock(
  text: string,
  begin: number,
  end: number,
): { block: PemBlock; rest: string } | "no more" | undefined {
  const typeLine = lineAt(text, begin + BEGIN.length);
  if (!text.startsWith(BEGIN, begin) || !typeLine.text.endsWith(DASHES)) return undefined;
  const type = typeLine.text.slice(0, -DASHES.length);
  const body = skipHeaders(text, typeLine.next);
  if (body === undefined) return "no more";
  const last = end + END.length;
  // Headers that run into the END line or beyond; without any, the body may be empty and begin behind its line break.
  if (body > last) return "no more";
  if (body > typeLine.next && body > end) return undefined;
  const trailer = `${type}${DASHES}`;
  if (!text.startsWith(trailer, last)) return undefined;
  const after = lineAt(text, last + trailer.length);
  if (after.text !== "") return undefined;
  const bytes = decoded(text.slice(body, Math.max(body, end)));
  return bytes === undefined ? undefined : { block: { type, bytes }, rest: text.slice(after.next) };
}

/** Where the body begins behind lines with a colon ("Proc-Type: …"); undefined when the text ends before. */
function skipHeaders(text: string, start: number): number | undefined {
  for (let at = start; at < text.length;) {
    const line = lineAt(text, at);
    if (!line.text.includes(":")) return at;
    at = line.next;
  }
  return undefined;
}

/** A line without its break and the blanks before it. */
function lineAt(text: string, start: number): { readonly text: string; readonly next: number } {
  const stop = text.indexOf("\n", start);
  const line = stop < 0 ? text.slice(start) : text.slice(start, stop);
  let length = stop > 0 && line.endsWith("\r") ? line.length - 1 : line.length;
  while (line[length - 1] === " " || line[length - 1] === "\t") length -= 1;
  return { text: line.slice(0, length), next: stop < 0 ? text.length : stop + 1 };
}

function decoded(body: string): Buffer | undefined {
  try {
    return decodeBase64(body.replace(/[ \t]/g, ""));
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}
