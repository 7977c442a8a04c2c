import { isAscii, isUtf8 } from "node:buffer";
import { Refusal } from "../../domain/errors.ts";
import type { JsonLimits } from "../../domain/route.ts";
import { parseExact, type JsonValue, type WithBytes } from "../../lib/json.ts";
import { type MemberPath, scanExactJson, scanJson, scanJsonFor, type Scanned } from "./scan-json.ts";
import { parseJson, parseJsonOfPlainNames } from "../../lib/parse-json.ts";

/**
 * Reads a body that has exactly one meaning: UTF-8 without a byte order mark, no key twice, no number that a double
 * cannot hold, within the limits. All of this is checked here. The value is what the text says (`parseJson`), and is built
 * when somebody first reads it: the bytes must not be changed.
 * @throws Refusal json_* or body_too_large, with byte offset and JSON pointer
 */
export function readJson(bytes: Buffer, limits: JsonLimits): ReadJson {
  const ascii = isAscii(bytes);
  if (!ascii) refuseOtherText(bytes);
  return new ReadJson(bytes, ascii, scanJson(bytes, limits));
}

/** A body of which one member's value is read by itself. */
export interface ReadApart {
  readonly whole: ReadJson;
  /** Null where there is none; see `scanJsonFor`. */
  readonly member: ReadJson | null;
  /** The whole body, with an empty object in the place of the member. */
  readonly around: () => JsonValue;
}

/** Reads a body as `readJson` does, and of it the member with these keys. @throws Refusal json_* or body_too_large */
export function readJsonApart(bytes: Buffer, limits: JsonLimits, path: MemberPath): ReadApart {
  const ascii = isAscii(bytes);
  if (!ascii) refuseOtherText(bytes);
  const { whole, member } = scanJsonFor(bytes, limits, path);
  const read = new ReadJson(bytes, ascii, whole);
  if (member === null) return { whole: read, member, around: () => read.value };
  const { start, end } = member;
  const encoding = encodingOf(ascii);
  return {
    whole: read,
    member: new ReadJson(bytes.subarray(start, end), ascii, member),
    around: () => parseJson(`${bytes.toString(encoding, 0, start)}{}${bytes.toString(encoding, end)}`) as JsonValue,
  };
}

const encodingOf = (ascii: boolean): "latin1" | "utf8" => (ascii ? "latin1" : "utf8");

/** Bytes of a body from which on putting its objects off is worth what that costs. */
export const LARGE_BODY = 4_096;

/** A body that was checked. */
export class ReadJson implements WithBytes {
  readonly bytes: Buffer | null;
  readonly noUrl: boolean;
  readonly isObject: boolean;
  readonly #read: Buffer;
  readonly #ascii: boolean;
  readonly #parse: (text: string) => unknown;
  #value: JsonValue | undefined = undefined;

  constructor(bytes: Buffer, ascii: boolean, { plain, noUrl, isObject, mayEscapeNames }: Scanned) {
    this.bytes = plain ? bytes : null;
    this.noUrl = noUrl;
    this.isObject = isObject;
    this.#read = bytes;
    this.#ascii = ascii;
    this.#parse = mayEscapeNames ? parseJson : parseJsonOfPlainNames;
  }

  /** False: no object in it has a member of this name, which is ASCII without quotes and backslashes. Builds nothing. */
  mayName(name: string): boolean {
    return this.#parse === parseJson || this.#read.includes(`"${name}"`, 0, "latin1");
  }

  get isBuilt(): boolean {
    return this.#value !== undefined;
  }

  get value(): JsonValue {
    return (this.#value ??= this.#parse(this.#read.toString(encodingOf(this.#ascii))) as JsonValue);
  }
}

/**
 * Reads JSON as strictly, but with numbers of any size, which keep their digits (see `parseExact`).
 * @throws Refusal json_* or body_too_large
 */
export function readExactJson(bytes: Buffer, limits: JsonLimits): JsonValue {
  const ascii = isAscii(bytes);
  if (!ascii) refuseOtherText(bytes);
  const scanned = scanExactJson(bytes, limits);
  // Keeping digits takes longer than all else.
  if (scanned.numbersAsWritten) return new ReadJson(bytes, ascii, scanned).value;
  return parseExact(bytes.toString()) as JsonValue;
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
