import { InvalidArgumentError, Option } from "commander";
import { detect } from "../../../detect/detect.ts";
import type { Replay } from "../../../impact/replay.ts";
import { decisionBatches } from "../../../record/read-decisions.ts";
import { segmentFiles } from "../../../record/segment-files.ts";
import { checkedMoment, momentForms, momentOf } from "../../common/moment.ts";
import { type CliDeps, CliFailure, type ConfigOptions, exits, wholeNumber } from "../../common/verb.ts";
import { logFolder } from "../questions.ts";
import { BatchJudge } from "./batch-judge.ts";
import type { Candidate } from "./candidate.ts";
import { judgeLog } from "./judge-log.ts";
import { JudgingThreads } from "./judging-threads.ts";

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
  new Option("--since <when>", `those since then: 2h for two hours ago, ${momentForms}`)
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

/** Decisions that are judged between two looks at the clock and at Ctrl-C. */
const atOnce = 100;

interface ReplayedLog {
  /** Its folder. */
  readonly log: string;
  readonly before: Candidate | null;
  readonly after: Candidate;
  readonly counts: Replay;
}

/** The folder of the log: the one that is named, which has to hold one, else the configuration's. @throws CliFailure log_missing, ConfigError */
export async function logOf({ log, config }: Pick<RangeOptions, "log"> & ConfigOptions): Promise<string> {
  if (log === undefined) return logFolder(config);
  if ((await segmentFiles(log)).length > 0) return log;
  const message = `There is no decision log in ${log}, which --log names: its files are called decisions-000001.jsonl and so on.`;
  throw new CliFailure(exits.usage, "log_missing", message);
}

/**
 * Judges every recorded decision of the range anew, on several threads when there are many, and counts what was found, with progress.
 * @returns the milliseconds that it took. @throws CliFailure interrupted
 */
export async function replayLog(
  { printer, clock, stop }: CliDeps,
  { last = usualLast, since }: RangeOptions,
  { log, before, after, counts }: ReplayedLog,
): Promise<number> {
  const range = since === undefined ? { last } : { since: momentOf(since, clock.now()) };
  const began = clock.monotonic();
  const judge = new BatchJudge({ before: before?.policy ?? null, after: after.policy, find: detect });
  const threads = new JudgingThreads({ before: before?.portable ?? null, after: after.portable });
  try {
    const batches = decisionBatches(log, range, atOnce);
    for await (const findings of judgeLog(batches, judge, threads)) {
      for (const finding of findings) counts.take(finding);
      if (stop.aborted) throw new CliFailure(exits.negative, "interrupted", "Interrupted.");
      const { decisions } = counts;
      printer.progress(`${decisions} decisions judged anew, ${rate(decisions, clock.monotonic() - began)} a second`);
    }
  } finally {
    printer.progress(null);
  }
  return clock.monotonic() - began;
}

export function rate(count: number, ms: number): number {
  return ms <= 0 ? count : Math.round((count * 1_000) / ms);
}
