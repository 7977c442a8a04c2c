import { type JsonValue, valueAtSteps } from "../../lib/json.ts";
import { partsOfLarge, type WantedParts } from "../../lib/json-parts.ts";
import { dotted } from "../../lib/schema-findings.ts";
import { type Finding, type Located, type Path, type Place, readYaml } from "../../lib/yaml-places.ts";
import type { Location } from "../failure.ts";
import { type FileOrigin, pathInSource, type SourceFile } from "../sources.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** One data file: its values, their path in `data`, and the line and column of each. */
export interface Fragment {
  readonly file: string;
  /** The folders of the file, which are the path in `data`. */
  readonly prefix: readonly string[];
  /** Where the policy is of several sources, the file's own; else null. */
  readonly from: FileOrigin | null;
  /** null when there are faults, and for an empty file. */
  readonly values: unknown;
  readonly faults: readonly Location[];
  /** The place of a path below `prefix`. */
  place(path: Path, at: "key" | "value"): Place;
}

/** `wanted`: the documents of `data` that are looked at; a file of plain JSON may be read without the others. */
export function readFragment(file: SourceFile, wanted: WantedParts | "whole" = "whole"): Fragment {
  const { path, bytes, from = null } = file;
  const prefix = pathInSource(file).split("/").slice(0, -1);
  return { file: path, prefix, from, ...valuesIn(path, bytes, wantedBelow(prefix, wanted)) };
}

type Values = Pick<Fragment, "values" | "faults" | "place">;

function valuesIn(path: string, bytes: Buffer, wanted: WantedParts | "whole"): Values {
  try {
    const values = path.endsWith(".json") ? jsonValues(bytes, wanted) : undefined;
    if (values === undefined) return yamlValues(path, bytes.toString("utf8"));
    // Parsed as YAML only when a place is needed, and once: it takes a hundred times longer than JSON.
    let located: Located | null = null;
    const place: Fragment["place"] = (at, what) => (located ??= readYaml(bytes.toString("utf8"))).place(at, what);
    return { values, faults: [], place };
  } catch (error) {
    const message = error instanceof RangeError ? tooDeep : (error as Error).message;
    return { values: null, faults: [{ file: path, ...start, message }], place: () => start };
  }
}

function wantedBelow(prefix: readonly string[], wanted: WantedParts | "whole"): WantedParts | "whole" {
  return prefix.reduce<WantedParts | "whole">(
    (above, name) => (above === "whole" ? above : (above.get(name) ?? new Map<string, never>())),
    wanted,
  );
}

/** What reads and writes the values later calls itself for each level. */
const MOST_LEVELS = 1000;

const tooDeep = `is nested more than ${MOST_LEVELS} levels deep`;

/** @throws RangeError for more levels */
function jsonValues(bytes: Buffer, wanted: WantedParts | "whole"): unknown {
  const parts = wanted === "whole" ? null : partsOfLarge(bytes, wanted);
  return parts ?? plainJson(bytes.toString("utf8"));
}

/** @throws SyntaxError for text that YAML accepts and JSON does not, and RangeError for too many levels */
function yamlValues(path: string, text: string): Values {
  const { faults, values, place } = readYaml(text, { merge: true });
  if (path.endsWith(".json") && faults.length === 0) parseJson(text);
  return { values, faults: faults.map((fault) => ({ file: path, ...fault.place, message: fault.message })), place };
}

const start: Place = { line: 1, column: 1 };

/** The value of JSON in which no object has a name twice; undefined for any other text. */
function plainJson(text: string): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  return namesIn(text) === membersOf(value) ? value : undefined;
}

const colon = ":".charCodeAt(0);
const space = " ".charCodeAt(0);

/** In valid JSON, exactly the names of members are strings before a colon. */
function namesIn(text: string): number {
  let names = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at = endOfString(text, at + 1);
    while (text.charCodeAt(at) <= space) at += 1;
    if (text.charCodeAt(at) === colon) names += 1;
  }
  return names;
}

/** Behind the closing quote of the string whose first character is at `from`. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}

/** @throws RangeError for too many levels */
function membersOf(value: unknown): number {
  let members = 0;
  const open = [value];
  /** Of each open value, how many are around it. */
  const levels = [0];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const level = levels.pop() ?? 0;
    if (typeof next !== "object" || next === null) continue;
    if (level >= MOST_LEVELS) throw new RangeError(tooDeep);
    const inner: readonly unknown[] = Object.values(next);
    if (!Array.isArray(next)) members += inner.length;
    // One by one: as arguments of a call, there would be too many.
    for (const one of inner)
      if (typeof one === "object") {
        open.push(one);
        levels.push(level + 1);
      }
  }
  return members;
}

/** The order in which files are merged: defaults come first, so that others replace them. */
export function defaultsFirst(fragments: readonly Fragment[]): Fragment[] {
  return fragments.toSorted((a, b) => Number(b.from?.defaults ?? false) - Number(a.from?.defaults ?? false));
}

/** The value of all files together at a path of `data`, each over those before it; undefined when none has it. */
export function mergedAt(fragments: readonly Fragment[], path: readonly string[]): unknown {
  return fragments.reduce<unknown>((merged, fragment) => merge(merged, valueAt(fragment, path)), undefined);
}

/** A finding at a path of `data` in the file; `at` says whether it is about the name or the value. */
export function problem(fragment: Fragment, path: Path, at: Finding["at"], message: string): Location {
  const within = path.slice(fragment.prefix.length);
  const key = dotted(within);
  return { file: fragment.file, ...fragment.place(within, at), message: key === "" ? message : `${key}: ${message}` };
}

/** The file that holds the longest part of the path; of several, the first whose data are no defaults. */
export function ownerOf(fragments: readonly Fragment[], path: Path): Fragment {
  const ordered = fragments.toSorted((a, b) => Number(a.from?.defaults ?? false) - Number(b.from?.defaults ?? false));
  const depths = ordered.map((fragment) => depthIn(fragment, path));
  return ordered[depths.indexOf(Math.max(...depths))] as Fragment;
}

function depthIn({ prefix, values }: Fragment, path: Path): number {
  const shared = prefix.findIndex((step, index) => step !== path[index]);
  if (shared !== -1) return shared >= path.length ? path.length : -1;
  let [depth, value] = [prefix.length, values];
  for (const step of path.slice(prefix.length)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) break;
    value = (value as Record<string | number, unknown>)[step];
    depth += 1;
  }
  return depth;
}

/** Names that the file maps below the path; the name of its folder when the file lies deeper. */
export function keysAt(fragment: Fragment, path: readonly string[]): string[] {
  const value = valueAt(fragment, path);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** The value of the file at a path of `data`; undefined when it has none. */
export function valueAt({ prefix, values }: Fragment, path: readonly string[]): unknown {
  if (prefix.some((step, index) => index < path.length && step !== path[index])) return undefined;
  // The file lies below the path: wrap its values in one mapping for each folder.
  if (prefix.length > path.length)
    return prefix.slice(path.length).reduceRight<unknown>((below, step) => ({ [step]: below }), values ?? {});
  return valueAtSteps((values ?? undefined) as JsonValue | undefined, path.slice(prefix.length));
}

/** Merges mappings as OPA does; OPA itself refuses any other value that is there twice. */
export function merge(into: unknown, from: unknown): unknown {
  if (!isMapping(into) || !isMapping(from)) return from === undefined ? into : from;
  const merged = Object.assign(Object.create(null) as Record<string, unknown>, into);
  for (const [key, value] of Object.entries(from)) merged[key] = merge(merged[key], value);
  return merged;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
