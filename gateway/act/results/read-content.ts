import { isUtf8 } from "node:buffer";
import { Refusal } from "../../domain/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import type { MemberPath } from "../../parse/json/scan-json.ts";
import { isReadAsUtf8, otherEncodingIn } from "./charsets.ts";
import { readExactJson, readJson, type ReadApart, readJsonApart } from "../../parse/json/read-json.ts";

/** The content of an answer, read so that it has one meaning. */
export type Content =
  | { readonly kind: "json"; readonly value: JsonValue }
  | { readonly kind: "text"; readonly value: string }
  /** Neither, such as an image. */
  | { readonly kind: "other"; readonly value: null };

/** As browsers have it (WHATWG MIME Sniffing §4.6, "JSON MIME type"). */
const jsonType = /^(?:(?:application|text)\/(?:x-)?json|[\w.+-]+\/[\w.+-]+\+json)$/;
const textType =
  /^(?:text\/[\w.+-]+|application\/(?:[\w.+-]+\+)?(?:xml|yaml)|application\/(?:x-ndjson|jsonl|x-yaml|javascript|x-www-form-urlencoded))$/;

/** Tools answer with longer lists than callers send; what policy reads of them has limits of its own. */
const limits = { maxDepth: 64, maxKeysPerObject: 10_000, maxKeys: 100_000 };

/** A media type without its parameters, in lower case. */
export function mediaType(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Whether content of this media type is JSON or text. */
export function isReadableType(type: string): boolean {
  return jsonType.test(type) || textType.test(type);
}

/**
 * The body of an HTTP answer by its declared type. Its charset has to be UTF-8 or a part of it.
 * @throws Refusal result_unreadable for JSON or text that different readers take for different things
 */
export function readContent(body: Buffer, contentType: string, readJsonOf = readAnswerJson): Content {
  const type = mediaType(contentType);
  const isJson = jsonType.test(type);
  if (!isReadableType(type)) return { kind: "other", value: null };
  if (!isReadAsUtf8(contentType)) unreadable(`a charset other than UTF-8: content type ${contentType.slice(0, 80)}`);
  if (!isJson) return { kind: "text", value: readText(body) };
  return { kind: "json", value: readJsonOf(body) };
}

/** @throws Refusal result_unreadable */
function readText(body: Buffer): string {
  if (!isUtf8(body)) unreadable("text that is not UTF-8");
  // UTF-16 without a mark is UTF-8 with a null beside each letter.
  if (body.includes(0)) unreadable("text with null characters");
  const text = body.toString();
  const other = otherEncodingIn(text);
  if (other !== null) unreadable("text that names another encoding than UTF-8 itself");
  return text;
}

/** JSON of a tool server, read as strictly as a request's; its numbers may have any size and keep their digits. @throws Refusal result_unreadable */
export function readAnswerJson(bytes: Buffer): JsonValue {
  try {
    return readExactJson(bytes, { ...limits, maxStringBytes: bytes.length });
  } catch (cause) {
    // The parser's own words would quote the answer, and a JSON pointer its keys.
    const detail = cause instanceof Refusal ? `${cause.code}: ${cause.hint ?? cause.sentence}` : "json_invalid";
    throw new Refusal("result_unreadable", { detail, cause });
  }
}

function unreadable(detail: string): never {
  throw new Refusal("result_unreadable", { detail });
}

/**
 * The same for what is only remembered and not written anew, at a fraction of the cost: where every number is one that a double holds, no
 * number has to keep its digits. @throws Refusal result_unreadable
 */
export function readJsonToRemember(bytes: Buffer): JsonValue {
  try {
    return readJson(bytes, { ...limits, maxStringBytes: bytes.length }).value;
  } catch {
    return readAnswerJson(bytes);
  }
}

/** As `readJsonToRemember`, and of it the member with these keys. Null where a number has to keep its digits, and for what it refuses. */
export function readApartToRemember(bytes: Buffer, path: MemberPath): ReadApart | null {
  try {
    return readJsonApart(bytes, { ...limits, maxStringBytes: bytes.length }, path);
  } catch {
    return null;
  }
}
