import { InvalidArgumentError, Option } from "commander";
import { decisionRecords } from "../../../record/read-decisions.ts";
import type { LoggedRecord } from "../../../record/segment-lines.ts";
import { checkedMoment, momentOf } from "../../common/moment.ts";
import { type CliDeps, CliFailure, exits, wholeNumber } from "../../common/verb.ts";
import { logFolder } from "../questions.ts";

/** Which recorded decisions a verb takes. */
export interface RangeOptions {
  readonly last?: number;
  readonly since?: string;
  readonly log?: string;
}

const usualLast = 10_000;

export const rangeOptions: readonly Option[] = [
  new Option("--log <folder>", "folder of the decision log; default: the configuration's"),
  new Option("--last <n>", `so many of the latest recorded decisions; default: ${usualLast}`).argParser(
    numberOfDecisions,
  ),
  new Option("--since <when>", "those since then: 2h for two hours ago, a date, or 2026-11-25T13:00:00Z")
    .argParser(checkedMoment)
    .conflicts("last"),
];

/** Tools, and subjects, that are counted of each kind of change. */
export const countedNames = 10_000;

export const examplesOption = new Option("--examples <n>", "examples of each kind of change")
  .default(3)
  .argParser(wholeNumber);

function numberOfDecisions(value: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(value)) throw new InvalidArgumentError("Expected a whole number from 1.");
  return Number(value);
}

/** Lines between two looks at the clock and at Ctrl-C. */
const between = 500;

/**
 * Gives every recorded decision of the range to `take`, with progress.
 * @returns the milliseconds that it took. @throws CliFailure interrupted
 */
export async function eachDecision(
  { printer, clock, stop }: CliDeps,
  { last = usualLast, since, log, config }: RangeOptions & { readonly config: string },
  take: (record: LoggedRecord) => void,
): Promise<number> {
  const range = since === undefined ? { last } : { since: momentOf(since, clock.now()) };
  const began = clock.monotonic();
  let count = 0;
  try {
    for await (const record of decisionRecords(log ?? logFolder(config), range)) {
      take(record);
      count += 1;
      if (count % between !== 0) continue;
      if (stop.aborted) throw new CliFailure(exits.negative, "interrupted", "Interrupted.");
      printer.progress(`${count} decisions judged anew, ${rate(count, clock.monotonic() - began)} a second`);
    }
  } finally {
    printer.progress(null);
  }
  return clock.monotonic() - began;
}

export function rate(count: number, ms: number): number {
  return ms <= 0 ? count : Math.round((count * 1_000) / ms);
}
