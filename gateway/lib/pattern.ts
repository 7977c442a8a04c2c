import { RE2JS } from "re2js";
import { Recent } from "./caches.ts";

/** Start and end in UTF-16 units; never empty. */
export type Span = readonly [start: number, end: number];

/** Patterns come from policies: few, and the same ones again and again. */
const compiled = new Recent<RE2JS>(200);

/** Why a pattern is no regular expression of RE2 (https://github.com/google/re2/wiki/Syntax); null when it is one. */
export function patternFault(pattern: string): string | null {
  try {
    compile(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** All matches of a pattern that are not empty, in order and without overlap. Takes time linear in the text. @throws as RE2JS for a pattern that is none */
export function spansOf(pattern: string, text: string): Span[] {
  const matcher = compile(pattern).matcher(text);
  const spans: Span[] = [];
  while (matcher.find()) if (matcher.end() > matcher.start()) spans.push([matcher.start(), matcher.end()]);
  return spans;
}

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const expression = RE2JS.compile(pattern);
  compiled.set(pattern, expression);
  return expression;
}
