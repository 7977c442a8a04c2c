import { isDeepStrictEqual } from "node:util";
import type { DetectorKind, Redaction } from "../../domain/result.ts";
import {
  isExactNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseExact,
  pointerSteps,
} from "../../lib/json.ts";
import { type Span, spansOf } from "../../lib/pattern.ts";
import type { FindKinds } from "../../domain/detections.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** Stands where a text was removed. */
export const removedText = "[redacted]";

export interface Redacted {
  readonly value: JsonValue;
  /** Values and pieces of text that were removed. */
  readonly count: number;
}

/** Shorter ones stand in other texts by chance. */
const shortestValue = 4;

/**
 * Content without what the redactions name. A text at a pointer becomes `[redacted]`, any other value null, so that members
 * stay where a schema requires them; of what a detector or a pattern finds, only the piece of text is replaced. Pure.
 */
export function redact(value: JsonValue, redactions: readonly Redaction[], find: FindKinds): Redacted {
  const redactor = new Redactor(redactions, find);
  return { value: redactor.apply(value), count: redactor.count };
}

/**
 * The same of an MCP tool result. Its `structuredContent` still fits the tool's schema, and the text that repeats it says the same (MCP
 * 2025-11-25, "Structured Content"); what a pointer removes from it is removed from the other texts as well. Where a marked or null
 * value would not fit, the member is left out. Null when no form of what is left fits.
 */
export function redactToolResult(
  result: JsonObject,
  redactions: readonly Redaction[],
  find: FindKinds,
  fits: (structured: JsonValue) => boolean,
): Redacted | null {
  const { structuredContent: before, ...rest } = result;
  if (before === undefined) return redact(result, redactions, find);
  for (const form of ["marked", "left-out"] as const) {
    const redactor = new Redactor(redactions, find);
    const structured = redactor.member("structuredContent", before, form);
    if (structured === undefined || (redactor.count > 0 && !fits(structured))) continue;
    const others = redactor.apply(rest) as JsonObject;
    const content = agreeing(rest["content"], others["content"], { before, after: structured, redactor });
    return { value: { ...others, ...content, structuredContent: structured }, count: redactor.count };
  }
  return null;
}

interface Structured {
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly redactor: Redactor;
}

/** The texts of blocks: a copy of the structured value is written anew, any other text loses the values that were removed. */
function agreeing(
  received: JsonValue | undefined,
  redacted: JsonValue | undefined,
  { before, after, redactor }: Structured,
): JsonObject {
  if (!Array.isArray(received) || !Array.isArray(redacted)) return {};
  const agreed = (left: JsonValue, was: JsonValue | undefined): JsonValue => {
    const [text, whole] = [textOf(left), textOf(was)];
    if (text === null || whole === null) return left;
    const agreeing = repeats(whole, before) ? JSON.stringify(after) : redactor.withoutRemoved(text);
    return { ...(left as JsonObject), text: agreeing };
  };
  const blocks = (redacted as readonly JsonValue[]).map((block, at) => {
    const was = (received as readonly JsonValue[])[at];
    const { resource = null } = isJsonObject(block) ? block : {};
    if (textOf(resource) === null) return agreed(block, was);
    return { ...(block as JsonObject), resource: agreed(resource, (was as JsonObject)["resource"]) };
  });
  return { content: blocks };
}

/** Of a text block, or of a resource. */
function textOf(value: JsonValue | undefined): string | null {
  const text = value !== undefined && value !== null && isJsonObject(value) ? value["text"] : null;
  return typeof text === "string" ? text : null;
}

function repeats(text: string, value: JsonValue): boolean {
  try {
    return isDeepStrictEqual(parseJson(text), parseJson(JSON.stringify(value)));
  } catch {
    return false;
  }
}

/** Undefined for what is no JSON, and for what has a name twice: as a text no value of it is overlooked. */
function parsed(text: string): JsonValue | undefined {
  let isTwice = false;
  try {
    const value = parseExact(text, () => (isTwice = true)) as JsonValue;
    return isTwice ? undefined : value;
  } catch {
    return undefined;
  }
}

const memberText = (name: string, value: JsonValue): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`;

/** marked: `[redacted]` or null stands in its place. left-out: nothing does. */
type Form = "marked" | "left-out";

/** The steps of all pointers, merged. */
interface Place {
  readonly below: Map<string, Place>;
  removed: boolean;
}

class Redactor {
  readonly #root: Place = { below: new Map(), removed: false };
  readonly #patterns: readonly string[];
  readonly #kinds: ReadonlySet<DetectorKind>;
  readonly #find: FindKinds;
  /** Texts and numbers that stood where a pointer led. */
  readonly #removed = new Set<string>();
  /** The same with the names of their members, as JSON, also of short ones. */
  readonly #removedMembers = new Set<string>();
  #form: Form = "marked";
  count = 0;

  constructor(redactions: readonly Redaction[], find: FindKinds) {
    this.#find = find;
    this.#patterns = redactions.flatMap((one) => ("pattern" in one ? [one.pattern] : []));
    this.#kinds = new Set(redactions.flatMap((one) => ("detector" in one ? [one.detector] : [])));
    for (const one of redactions) if ("pointer" in one) this.#mark(one.pointer);
  }

  apply(value: JsonValue): JsonValue {
    return this.#value(value, this.#root, "") as JsonValue;
  }

  /** The value of one member of the content; undefined when it is left out. */
  member(name: string, value: JsonValue, form: Form): JsonValue | undefined {
    this.#form = form;
    try {
      return this.#value(value, this.#root.below.get(name), name);
    } finally {
      this.#form = "marked";
    }
  }

  /** A text without the values that were removed elsewhere: of JSON, values; of other texts, the pieces that say the same. */
  withoutRemoved(text: string): string {
    const before = this.count;
    const json = /^\s*[[{]/.test(text) ? parsed(text) : undefined;
    if (json === undefined) return this.#withoutPieces(text);
    const left = JSON.stringify(this.#copy(json, ""));
    return this.count === before ? text : left;
  }

  #copy(value: JsonValue, name: string): JsonValue {
    if (this.#removedMembers.has(memberText(name, value))) return this.#remove(value, name) as JsonValue;
    if (typeof value === "string") return this.#withoutPieces(value);
    if (typeof value !== "object" || value === null || isExactNumber(value)) {
      if (!this.#removed.has(JSON.stringify(value))) return value;
      this.count += 1;
      return null;
    }
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => this.#copy(item, name));
    const members = Object.entries(value as JsonObject).map(([key, inner]) => [key, this.#copy(inner, key)]);
    return Object.fromEntries(members) as JsonObject;
  }

  #withoutPieces(text: string): string {
    let left = text;
    for (const value of this.#removed)
      for (const written of new Set([value, JSON.stringify(value).slice(1, -1)])) {
        if (!left.includes(written)) continue;
        this.count += 1;
        left = left.replaceAll(written, removedText);
      }
    return left;
  }

  #mark(pointer: string): void {
    let place = this.#root;
    for (const step of pointerSteps(pointer)) {
      const next = place.below.get(step) ?? { below: new Map<string, Place>(), removed: false };
      place.below.set(step, next);
      place = next;
    }
    place.removed = true;
  }

  /** `name`: of the member, also for each item of a list. Undefined for what is left out. */
  #value(value: JsonValue, place: Place | undefined, name: string): JsonValue | undefined {
    if (place?.removed === true) return this.#remove(value, name);
    if (typeof value === "string") return this.#orOut(value, this.#text(value, name));
    if (typeof value === "number" || isExactNumber(value)) return this.#orOut(value, this.#number(value, name));
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value))
      return (value as readonly JsonValue[]).flatMap((item, at) => {
        const left = this.#value(item, place?.below.get(String(at)), name);
        return left === undefined ? [] : [left];
      });
    return this.#object(value as JsonObject, place);
  }

  #object(object: JsonObject, place: Place | undefined): JsonObject {
    const names = new Set<string>();
    return Object.fromEntries(
      Object.entries(object).flatMap<[string, JsonValue]>(([key, inner]) => {
        let name = this.#text(key, "");
        for (let copy = 2; names.has(name); copy += 1) name = `${removedText} ${copy}`;
        names.add(name);
        const left = this.#value(inner, place?.below.get(key), key);
        return left === undefined ? [] : [[name, left]];
      }),
    );
  }

  #orOut(before: JsonValue, after: JsonValue): JsonValue | undefined {
    return this.#form === "left-out" && after !== before ? undefined : after;
  }

  #remove(value: JsonValue, name: string): JsonValue | undefined {
    // What was removed before is not removed again: a call is judged once more after its redaction.
    if (value === null || (value === removedText && this.#form === "marked")) return value;
    this.count += 1;
    this.#remember(value, name);
    if (this.#form === "left-out") return undefined;
    return typeof value === "string" ? removedText : null;
  }

  #remember(value: JsonValue, name: string): void {
    if (typeof value === "object" && value !== null && !isExactNumber(value)) {
      const isList = Array.isArray(value);
      for (const [key, inner] of Object.entries<JsonValue>(value as JsonObject))
        this.#remember(inner, isList ? name : key);
      return;
    }
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (value !== null && value !== "") this.#removedMembers.add(memberText(name, value));
    if (text.length >= shortestValue && text !== "true" && text !== "false" && text !== "null") this.#removed.add(text);
  }

  /** A number is found as its digits are; a part of one cannot be removed. */
  #number(value: JsonValue, name: string): JsonValue {
    if (this.#spans(JSON.stringify(value), name).length === 0) return value;
    this.count += 1;
    return null;
  }

  #text(text: string, name: string): string {
    const spans = this.#spans(text, name);
    if (spans.length === 0) return text;
    this.count += spans.length;
    let [left, from] = ["", 0];
    for (const [start, end] of spans) {
      left += text.slice(from, start) + removedText;
      from = end;
    }
    return left + text.slice(from);
  }

  /** In order; those that touch or overlap are one. */
  #spans(text: string, name: string): Span[] {
    if (text === "") return [];
    const found: Span[] = this.#patterns.flatMap((pattern) => spansOf(pattern, text));
    if (this.#kinds.size > 0)
      for (const { start, end } of this.#find(text, this.#kinds, name)) found.push([start, end]);
    const merged: [number, number][] = [];
    const left = found.filter((span) => !isInMark(text, span)).sort(([a], [b]) => a - b);
    for (const [start, end] of left) {
      const last = merged.at(-1);
      if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
      else merged.push([start, end]);
    }
    return merged;
  }
}

/** Whether a span lies in the mark of an earlier redaction: a pattern such as `\w+` would never be done with it. */
function isInMark(text: string, [start, end]: Span): boolean {
  const { length } = removedText;
  return end - start <= length && text.slice(Math.max(0, end - length), start + length).includes(removedText);
}
