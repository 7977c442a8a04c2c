import type { DataPath, Definition } from "./definitions.ts";

/** Where `main` looks for rules: `data.sallyport.rules.<topic>.<rule>` and `data.sallyport.tools.<server>.<tool>`. Either may be empty. */
export const RULE_PLACES: readonly (readonly string[])[] = [
  ["sallyport", "rules"],
  ["sallyport", "tools"],
];
const NAMES_BELOW = 2;

/** The rule that a path leads into, and what of it: of a definition, what it answers; of a reference, what it asks. */
export interface RuleExport {
  readonly rule: DataPath;
  /** e.g. "deny" */
  readonly name: string;
}

/** Null for a path that leads into no rule, or does not say what of it is meant. */
export function exportOf(path: DataPath): RuleExport | null {
  const place = placeOf(path);
  if (place === null) return null;
  const end = place.length + NAMES_BELOW;
  const name = path[end];
  return typeof name === "string" ? { rule: path.slice(0, end), name } : null;
}

/**
 * Whether a reference cannot mean the definition although the wildcards of one fit the names of the other: `rules[_][_].deny`
 * asks packages two names below the place, and not the rules of one that lies higher.
 */
export function liesTooHigh({ path }: Definition, reference: DataPath): boolean {
  const place = placeOf(path);
  return place !== null && path.length <= place.length + NAMES_BELOW && reference[path.length - 1] === null;
}

function placeOf(path: DataPath): readonly string[] | null {
  return RULE_PLACES.find((place) => place.every((name, index) => path[index] === name)) ?? null;
}
