import type { ReadBudget } from "./read-budget.ts";

/** Deeper than that nothing is read. */
const deepest = 8;

/**
 * Place of the parenthesis that closes one before `from`, where those in quotes do not count; -1 when there is none, or none before the
 * budget ends.
 */
export function closingOutsideQuotes(line: string, from: number, budget: ReadBudget, depth = 0): number {
  let open = 0;
  for (let at = from; at < line.length && budget.take(1); at++) {
    const char = line.charAt(at);
    if (char === "\\") at += 1;
    else if (char === "(") open += 1;
    else if (char === ")" && open-- === 0) return at;
    else if (char === "'" || char === '"') at = endOfQuotes(line, at, budget, depth);
    if (at === -1) return -1;
  }
  return -1;
}

function endOfQuotes(line: string, from: number, budget: ReadBudget, depth: number): number {
  const quote = line.charAt(from);
  for (let at = from + 1; at < line.length && budget.take(1); at++) {
    const char = line.charAt(at);
    if (char === quote) return at;
    if (quote === "'") continue;
    if (char === "\\") at += 1;
    // Quotes within are others than those around it.
    if (char === "$" && line.charAt(at + 1) === "(")
      at = depth >= deepest ? -1 : closingOutsideQuotes(line, at + 2, budget, depth + 1);
    if (at === -1) return -1;
  }
  return -1;
}

/** How many brackets are open behind a character: those in which a `#` is a letter, and what stands in them. */
export function bracketsBehind(char: string, before: string, brackets: number): number {
  const opens = char === "[" || (char === "(" && /[(?*+@!]/.test(before));
  if (opens || (char === "(" && brackets > 0)) return brackets + 1;
  return brackets > 0 && (char === "]" || char === ")") ? brackets - 1 : brackets;
}
