import { elementsIn } from "./member-texts.ts";
import { likeIn } from "./shared-record.ts";

/** A line that refers to shared members, taken apart. */
export interface ReferringLine {
  /** What it is like, in its order. */
  readonly references: readonly string[];
  /** What it begins with: number, kind and decision; names and values as JSON text. */
  readonly frame: readonly (readonly [name: string, value: string])[];
  /** Its values without names, each as JSON text; null when it has none. */
  readonly values: readonly string[] | null;
  /** JSON text of an object with the members behind these; empty when something else stands there. */
  readonly rest: string;
}

const begin = /^\{"seq":(\d+),"kind":("[a-z]+"),"decision_id":("[\w-]+"),"like":\[[\w",-]+\]/;
const OWN = ',"own":[';

/** `line`: valid JSON. Null for a line that refers to nothing. */
export function referringIn(line: string): ReferringLine | null {
  const references = likeIn(line);
  const [first, seq = "", kind = "", id = ""] = begin.exec(line) ?? [];
  if (references.length === 0 || first === undefined) return null;
  const frame = [
    ['"seq"', seq],
    ['"kind"', kind],
    ['"decision_id"', id],
  ] as const;
  if (!line.startsWith(OWN, first.length)) return { references, frame, values: null, rest: restOf(line, first.length) };
  const { elements, end } = elementsIn(line, first.length + OWN.length - 1);
  return { references, frame, values: elements, rest: restOf(line, end) };
}

function restOf(line: string, from: number): string {
  if (line.startsWith(',"', from)) return `{${line.slice(from + 1)}`;
  return line.slice(from) === "}" ? "{}" : "";
}

const ofCall = /^\{"seq":\d+,"kind":"[a-z]+","decision_id":"/;
/** A name may be written with escapes. */
const maybeMisplaced = /"(?:own|like)"|\\u/;

/** Whether a text may have members `own` or `like`, without parsing it. */
export function mayBeMisplaced(text: string): boolean {
  return maybeMisplaced.test(text);
}

/** Whether a line that refers to nothing, of a decision or an outcome, may have members `own` or `like` all the same. */
export function mayMisplace(line: string): boolean {
  return ofCall.test(line) && mayBeMisplaced(line);
}

/** Whether an object has one of them. */
export function hasMisplaced(members: object): boolean {
  return Object.hasOwn(members, "own") || Object.hasOwn(members, "like");
}
