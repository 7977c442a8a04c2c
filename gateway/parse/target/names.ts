import { Refusal } from "../../domain/errors.ts";
import { foldKey } from "../../lib/look-alike.ts";
import { controlCharacter } from "./path.ts";

/**
 * Names of queries and forms, folded so that two names which some reader takes for one, or for a value and its parent,
 * are found. What the readers make of a name:
 *
 * - Plain readers take it as it is; some of them without case, or after Unicode folding.
 * - `qs` (Express) and Rack (Rails) nest by brackets: `a[b][c]`. `a[]` adds to a list, and is `a[0]` as well.
 *   `qs` reads `[a]` as `a`, keeps all behind the fifth bracket as one step, and ignores text between and behind brackets, where Rack
 *   takes `a[b]x` for `a[b][x]`. A list in such a list is part of it: `a[][0]` is `a[]`.
 * - PHP nests alike, drops blanks in front, makes `_` of `.`, a blank and a `[` that is not closed, ignores what follows the
 *   first text behind a closing bracket, reads `a[ ]` as `a[]`, and lets the last of two equal names win.
 *
 * So a name is its root and the steps in its brackets: without case, without blanks in front of the root and around a step, `.` and
 * blank in the root as `_`, up to the first text behind a bracket. That path is the same in all readings, or the beginning
 * of it. Two names collide when one path is the other or begins with it, or when one takes for a list (`a[]`) what the other takes for an
 * object (`a[b]`, `a[0]`). Brackets in front of the root, within each other or without their pair have no common
 * reading, so that such a name is refused also where it is the only one.
 */
type Path = readonly string[];

/** What names begin with the same steps: the one name that ends here, as it is spelled, or those that go on. */
type Meaning = string | { readonly isList: boolean; readonly members: Meanings };
type Meanings = Map<string, Meaning>;

/** Without any sign that a reader could take for more than itself. Nearly every name is one. */
const plainName = /^[A-Za-z0-9_-]+$/;
const pairedName = /^\s*[^[\]\s][^[\]]*(?:\[[^[\]]*\][^[\]]*)*$/;
/** Rack refuses deeper ones, and PHP leaves them out from twice as many on. */
const MOST_STEPS = 32;
const refusedNames = /(^|\[|\.)(__proto__|constructor|prototype)($|\]|\[|\.)/;

/** @throws Refusal query_ambiguous when a name by itself has several readings */
export function refuseName(name: string): void {
  if (!plainName.test(name)) {
    if (name === "") refuse("a parameter without a name");
    if (controlCharacter.test(name) || /[%&=+;#\\]/.test(name))
      refuse("a parameter name with a control or separator character");
    const folded = foldKey(name);
    if (!pairedName.test(folded)) refuse(`${shown(name)} has brackets without their pair or in front of any name`);
    if (folded.split("[", MOST_STEPS + 2).length > MOST_STEPS + 1)
      refuse(`a parameter name with more than ${MOST_STEPS} brackets`);
  }
  if (refusedNames.test(name)) refuse("a parameter name that touches prototypes");
}

/**
 * @returns names that are given again letter by letter, which only a list may be
 * @throws Refusal query_ambiguous when some reader takes two of the names for one, or for a value and its parent
 */
export function refuseCollisions(pairs: readonly (readonly [string, string])[]): string[] {
  const repeated: string[] = [];
  const roots: Meanings = new Map();
  for (const [name] of pairs) {
    const before = plainName.test(name) ? ended(roots, name.toLowerCase(), name) : placed(roots, name);
    if (before === name) repeated.push(name);
    else if (before !== null) refuse(`${shown(name)} and ${shown(before)} are one parameter to some readers`);
  }
  return repeated;
}

/** The root of a name, which is the same in all readings. `[a]`, which may be a key of JSON, counts as `a`. */
export function rootOf(name: string): string {
  return plainName.test(name) ? name.toLowerCase() : foldRoot(/^[\s[\]]*([^[\]]*)/.exec(foldKey(name))?.[1] ?? "");
}

function foldRoot(text: string): string {
  return text.trimStart().replaceAll(/[. ]/g, "_");
}

/** Of a name that `refuseName` lets pass. */
function pathOf(name: string): Path {
  const [, root = "", brackets = ""] = /^([^[]*)((?:\[[^[\]]*\])*)/.exec(foldKey(name)) ?? [];
  const steps = brackets === "" ? [] : brackets.slice(1, -1).split("][");
  return [foldRoot(root), ...steps.map((step) => step.trim()).filter(isOwnStep)];
}

/** Whether a step is no list that is directly in a list. */
function isOwnStep(step: string, at: number, steps: readonly string[]): boolean {
  return steps[at - 1] !== "" || !/^[0-9]*$/.test(step);
}

/** Notes a name; the name before it that ends at the same place, or null. */
function placed(roots: Meanings, name: string): string | null {
  const path = pathOf(name);
  let meanings = roots;
  for (let at = 0; at < path.length - 1; at++) {
    const step = path[at] as string;
    const isList = path[at + 1] === "";
    let meaning = meanings.get(step);
    if (meaning === undefined) meanings.set(step, (meaning = { isList, members: new Map() }));
    if (typeof meaning === "string") return meaning;
    if (meaning.isList !== isList) refuse(`${shown(name)} is given as a list and as an object`);
    meanings = meaning.members;
  }
  return ended(meanings, path.at(-1) as string, name);
}

function ended(meanings: Meanings, step: string, name: string): string | null {
  const before = meanings.get(step);
  if (before === undefined) meanings.set(step, name);
  else if (typeof before !== "string") refuse(`${shown(name)} is given as a value and as an object`);
  return before ?? null;
}

function shown(name: string): string {
  return name.slice(0, 80);
}

export function refuse(what: string): never {
  throw new Refusal("query_ambiguous", { hint: what });
}
