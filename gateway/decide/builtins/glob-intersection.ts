import { BuiltinError } from "./types.ts";

/**
 * Whether two patterns of characters, `.`, `[sets]` and the flags `*` and `+` can match a common text, by the rules of
 * regex.globs_match (a subset of regular expressions, see its documentation in OPA).
 */
export function intersects(left: string, right: string, charge: (units: number) => void): boolean {
  charge(10 + (left.length + right.length) * 4);
  const trimmed = trim(simplify(tokenize(left, charge)), simplify(tokenize(right, charge)));
  return trimmed !== undefined && new Walk(charge).normal(trimmed[0], trimmed[1]);
}

type Flag = "" | "+" | "*";

interface Token {
  /** undefined is `.`; one member is a plain character unless `set` says otherwise. */
  readonly runes: ReadonlySet<string> | undefined;
  readonly set: boolean;
  flag: Flag;
}

type Glob = readonly Token[];

function tokenize(text: string, charge: (units: number) => void): Token[] {
  const runes = Array.from(text);
  const tokens: Token[] = [];
  let at = 0;
  while (at < runes.length) {
    const rune = runes[at] as string;
    let token: Token;
    if (rune === "\\") {
      if (at + 1 >= runes.length) throw invalid("input ends with an escape character");
      token = { runes: new Set([runes[at + 1] as string]), set: false, flag: "" };
      at += 2;
    } else if (rune === "[") {
      const [members, next] = readSet(runes, at + 1, charge);
      token = { runes: members, set: true, flag: "" };
      at = next;
    } else {
      if (rune === "]" || rune === "+" || rune === "*") throw invalid(`unexpected ${rune}`);
      token = { runes: rune === "." ? undefined : new Set([rune]), set: false, flag: "" };
      at += 1;
    }
    const flag = runes[at];
    if (flag === "+" || flag === "*") {
      token.flag = flag;
      at += 1;
    }
    tokens.push(token);
  }
  return tokens;
}

function readSet(runes: readonly string[], start: number, charge: (units: number) => void): [Set<string>, number] {
  const members = new Set<string>();
  let previous: string | undefined;
  for (let at = start; at < runes.length;) {
    const [rune, next, escaped] = readRune(runes, at);
    at = next;
    if (!escaped && rune === "]") return [members, at];
    if (escaped || rune !== "-") {
      members.add(rune);
      previous = rune;
      continue;
    }
    if (previous === undefined || at >= runes.length - 1) throw invalid("misplaced range character '-'");
    const [last, after, literal] = readRune(runes, at);
    if (!literal && (last === "]" || last === "-")) throw invalid("misplaced range character '-'");
    addRange(members, previous, last, charge);
    at = after;
    previous = undefined;
  }
  throw invalid("found [ without matching ]");
}

function readRune(runes: readonly string[], at: number): [string, number, boolean] {
  if (runes[at] !== "\\") return [runes[at] as string, at + 1, false];
  const escaped = runes[at + 1];
  if (escaped === undefined) throw invalid("input ends with an escape character");
  return [escaped, at + 2, true];
}

function addRange(members: Set<string>, first: string, last: string, charge: (units: number) => void): void {
  const from = first.codePointAt(0) as number;
  const to = last.codePointAt(0) as number;
  if (to < from) throw invalid("range is out of order");
  charge((to - from) * 10);
  for (let code = from; code <= to; code += 1) members.add(String.fromCodePoint(code));
}

function invalid(what: string): BuiltinError {
  return new BuiltinError(`the input provided is invalid: ${what}`);
}

/** Neighbours with the same content and a flag each are one. */
function simplify(tokens: readonly Token[]): Token[] {
  const simple: Token[] = [];
  for (const token of tokens) {
    const latest = simple.at(-1);
    if (latest !== undefined && token.flag !== "" && latest.flag !== "" && sameContent(token, latest)) {
      latest.flag = token.flag === "+" || latest.flag === "+" ? "+" : "*";
    } else simple.push(token);
  }
  return simple;
}

function sameContent(left: Token, right: Token): boolean {
  if (left.set !== right.set || (left.runes === undefined) !== (right.runes === undefined)) return false;
  if (left.runes === undefined || right.runes === undefined) return true;
  return left.runes.size === right.runes.size && [...left.runes].every((rune) => right.runes?.has(rune));
}

function overlap(left: Token, right: Token): boolean {
  if (left.runes === undefined || right.runes === undefined) return true;
  const [small, large] = left.runes.size <= right.runes.size ? [left.runes, right.runes] : [right.runes, left.runes];
  for (const rune of small) if (large.has(rune)) return true;
  return false;
}

/** Cuts plain tokens at both ends, leaving one each; undefined when they already differ. */
function trim(left: Glob, right: Glob): [Glob, Glob] | undefined {
  let start = 0;
  while (start < left.length && start < right.length && plain(left[start]) && plain(right[start])) {
    if (!overlap(left[start] as Token, right[start] as Token)) return undefined;
    start += 1;
  }
  if (start > 0) start -= 1;
  let a = left.length - 1;
  let b = right.length - 1;
  while (a >= start && b >= start && plain(left[a]) && plain(right[b])) {
    if (!overlap(left[a] as Token, right[b] as Token)) return undefined;
    a -= 1;
    b -= 1;
  }
  if (a < left.length - 1) {
    a += 1;
    b += 1;
  }
  return [left.slice(start, a + 1), right.slice(start, b + 1)];
}

function plain(token: Token | undefined): boolean {
  return token?.flag === "";
}

class Walk {
  readonly #charge: (units: number) => void;

  constructor(charge: (units: number) => void) {
    this.#charge = charge;
  }

  normal(left: Glob, right: Glob): boolean {
    let at = 0;
    for (; at < left.length && at < right.length; at += 1) {
      this.#charge(4);
      const a = left[at] as Token;
      const b = right[at] as Token;
      if (a.flag !== "" || b.flag !== "") return this.#flagged(left.slice(at), right.slice(at));
      if (!overlap(a, b)) return false;
    }
    return at === left.length && at === right.length;
  }

  #flagged(left: Glob, right: Glob): boolean {
    const [flagged, other] = left[0]?.flag !== "" ? [left, right] : [right, left];
    return flagged[0]?.flag === "+" ? this.#plus(flagged, other) : this.#star(flagged, other);
  }

  #plus(plussed: Glob, other: Glob): boolean {
    const head = other[0] as Token;
    if (!overlap(plussed[0] as Token, head)) return false;
    if (this.#star(plussed, other.slice(1))) return true;
    return head.flag !== "" && this.normal(plussed.slice(1), other);
  }

  #star(starred: Glob, other: Glob): boolean {
    const star = starred[0] as Token;
    const next = starred[1];
    for (const [index, token] of other.entries()) {
      this.#charge(4 + other.length);
      if (next !== undefined && overlap(token, next) && this.normal(starred.slice(1), other.slice(index))) return true;
      if (!overlap(token, star)) return false;
    }
    return next === undefined;
  }
}
