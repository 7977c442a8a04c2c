import { RE2JS } from "re2js";

import { BuiltinError } from "../types.ts";
import { renameGroups } from "./group-names.ts";

/** Go's regexp package over RE2JS: same syntax, same linear time, Go's rules for repeated matches and replacements. */
export interface Match {
  /** Pairs of start and end in UTF-16 units; -1 for a group that took no part. */
  readonly spans: readonly number[];
}

/** Called with the number of characters read, piece by piece; may throw to end the search. */
export type Reads = (characters: number) => void;

const MAX_CACHED = 500;
const compiled = new Map<string, RE2JS>();

/** @throws BuiltinError for a pattern RE2 refuses */
export function compileRegexp(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) {
    compiled.delete(pattern);
    compiled.set(pattern, known);
    return known;
  }
  let regexp: RE2JS;
  try {
    regexp = compiledAs(pattern);
  } catch (error) {
    throw new BuiltinError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (compiled.size >= MAX_CACHED) compiled.delete(compiled.keys().next().value as string);
  compiled.set(pattern, regexp);
  return regexp;
}

/** By the compiled pattern, where groups share names. */
const originalNames = new WeakMap<RE2JS, ReadonlyMap<string, string>>();

/** RE2JS refuses two groups of one name, Go does not: the later ones are renamed for it. */
function compiledAs(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("duplicate capture group name"))) throw error;
    const renamed = renameGroups(pattern);
    const regexp = RE2JS.compile(renamed.pattern);
    originalNames.set(regexp, renamed.originals);
    return regexp;
  }
}

/** The numbers of the groups of each name, in order. */
function groupsByName(regexp: RE2JS): ReadonlyMap<string, readonly number[]> {
  const groups = Object.entries(regexp.namedGroups() as Readonly<Record<string, number>>);
  const originals = originalNames.get(regexp);
  const ordered = groups.sort(([, one], [, other]) => one - other);
  const named = Map.groupBy(ordered, ([name]) => originals?.get(name) ?? name);
  return new Map([...named].map(([name, all]) => [name, all.map(([, group]) => group)]));
}

export function matchesRegexp(pattern: string, text: string): boolean {
  return compileRegexp(pattern).matcher(text).find();
}

const READ_PIECE = 1_024;

/**
 * A text that reports how much of it is read. One match is linear, but the next may look at the same rest again:
 * `a[^x]*x|a` reads to the end for each of its matches.
 */
class ReadText extends String {
  readonly #text: string;
  readonly #reads: Reads;
  #unsaid = 0;

  constructor(text: string, reads: Reads) {
    super(text);
    this.#text = text;
    this.#reads = reads;
  }

  override charCodeAt(index: number): number {
    this.#unsaid += 1;
    if (this.#unsaid >= READ_PIECE) this.#say();
    return this.#text.charCodeAt(index);
  }

  override indexOf(needle: string, from = 0): number {
    const found = this.#text.indexOf(needle, from);
    // The engine's own search takes many characters at a time.
    this.#unsaid += ((found < 0 ? this.#text.length : found) - from) / 16;
    if (this.#unsaid >= READ_PIECE) this.#say();
    return found;
  }

  #say(): void {
    const characters = this.#unsaid;
    this.#unsaid = 0;
    this.#reads(characters);
  }
}

/** Successive matches; an empty one directly behind the previous match does not count. */
export function findAll(pattern: string, text: string, limit: number, reads: Reads): readonly Match[] {
  const matcher = compileRegexp(pattern).matcher(new ReadText(text, reads) as unknown as string);
  const groups = matcher.groupCount();
  const matches: Match[] = [];
  let previousEnd = -1;
  for (let at = 0; at <= text.length && (limit < 0 || matches.length < limit);) {
    if (!matcher.find(at)) break;
    const start = matcher.start();
    const end = matcher.end();
    if (end > start || start !== previousEnd) {
      const spans: number[] = [];
      for (let group = 0; group <= groups; group += 1) spans.push(matcher.start(group), matcher.end(group));
      matches.push({ spans });
    }
    previousEnd = end;
    at = end > at ? end : at + characterSize(text, at);
    if (end > start || at > end) continue;
    at = end + characterSize(text, end);
  }
  return matches;
}

function characterSize(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Text of a group, empty when it took no part. */
export function groupText(text: string, match: Match, group: number): string {
  const start = match.spans[group * 2] ?? -1;
  return start < 0 ? "" : text.slice(start, match.spans[group * 2 + 1]);
}

/** Pieces between the matches, as regexp.Split with no limit. */
export function splitRegexp(pattern: string, text: string, reads: Reads): readonly string[] {
  if (pattern !== "" && text === "") return [""];
  const pieces: string[] = [];
  let start = 0;
  let end = 0;
  for (const { spans } of findAll(pattern, text, -1, reads)) {
    const [from, to] = spans as [number, number];
    end = from;
    // An empty match at the very beginning splits nothing.
    if (to !== 0) pieces.push(text.slice(start, end));
    start = to;
  }
  if (end !== text.length) pieces.push(text.slice(start));
  return pieces;
}

/** Every match replaced by the template, in which $1, ${1} and ${name} stand for groups and $$ for a dollar. */
export function replaceAll(pattern: string, text: string, template: string, reads: Reads): string {
  const names = groupsByName(compileRegexp(pattern));
  let output = "";
  let last = 0;
  for (const match of findAll(pattern, text, -1, reads)) {
    const [from, to] = match.spans as [number, number];
    output += text.slice(last, from) + expandTemplate(template, text, match, names);
    last = to;
  }
  return output + text.slice(last);
}

const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/** Of groups with one name the first that took part counts. */
function expandTemplate(
  template: string,
  text: string,
  match: Match,
  names: ReadonlyMap<string, readonly number[]>,
): string {
  return template.replace(REFERENCE, (_, dollar?: string, braced?: string, bare?: string) => {
    if (dollar !== undefined) return "$";
    const name = braced ?? bare ?? "";
    const tookPart = (group: number): boolean => (match.spans[group * 2] ?? -1) >= 0;
    const group = /^\d+$/.test(name) ? Number(name) : names.get(name)?.find(tookPart);
    return group === undefined ? "" : groupText(text, match, group);
  });
}

export function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
