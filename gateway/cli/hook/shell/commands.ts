import { onlyKeeps, type ReadLine } from "./only-keeps.ts";
import { Nesting } from "./nesting.ts";
import type { ReadBudget } from "./read-budget.ts";
import type { SimpleCommand } from "./word.ts";
import { LineReader, type Manner } from "./words.ts";

/**
 * The commands of a command line, also those inside of `$(…)` and backticks, in no order. A line with substitutions or here-documents is
 * read twice: as a shell reads it, and with each quote for one and each parenthesis for one, line by line too: what stands in a
 * here-document is data or code. Where it surely is data that the line only keeps, it is not read.
 */
export function commandsOf(line: string, budget: ReadBudget): SimpleCommand[] {
  const hasBodies = line.includes("<<");
  const without = hasBodies
    ? new Nesting(line, budget).withoutHereDocuments()
    : { line, bodies: [], bodiesAreText: false };
  const exact = reading(without.line, "exact", budget);
  if (without.bodiesAreText && !exact.endsOpen && !budget.isPartial && onlyKeeps(without.line, exact))
    return exact.commands.filter((command) => command.length > 0);
  // A shell that gives up a line with an open quote can go on with the next one.
  const lines = hasBodies || exact.endsOpen ? line.split("\n") : [];
  const loose = nests.test(line) || lines.length > 0 ? [line, ...lines] : [];
  return [
    ...loose.flatMap((one) => reading(one, "loose", budget).commands),
    ...exact.commands,
    ...without.bodies.flatMap((body) => reading(body, "text", budget).commands),
  ].filter((command) => command.length > 0);
}

/** Otherwise both ways of reading are the same. */
const nests = /[`(]|\$\{|&>/;

interface Reading extends ReadLine {
  /** A quote or a parenthesis is not closed. */
  readonly endsOpen: boolean;
}

function reading(text: string, manner: Manner, budget: ReadBudget): Reading {
  if (!budget.take(text.length)) return { commands: [], fed: new Set(), endsOpen: false };
  const reader = new LineReader(text, budget, manner);
  return { commands: reader.read(), fed: reader.pipes.fed, endsOpen: reader.endsOpen };
}
