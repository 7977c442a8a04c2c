import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Check, type CheckContext, Failures, type Tried } from "../check.ts";
import { otherWords, ownWord, type Said, type Trusted } from "./both-verifiers.ts";
import { type ChangedLog, manyAtOnce, oneByOne } from "./mutate/changed-logs.ts";
import { type LogState, makeStates } from "./mutate/log-states.ts";

/** Lines of the log for each change that is tried: 200,000 in the full run. */
const LINES_EACH = 20;
/** Of the changes that are left: those that are made many at once, in a log that has all of its lines. */
const AT_ONCE = 0.7;
/** Logs that the verifier in Python is started for at once: those with one change, which share most of their files, and the others. */
const BATCH = { one: 10, many: 2 };
/** While Python looks at some logs, the gateway's verifier looks at others. */
const LANES = 2;

/**
 * Whatever is changed in a log is found out by both verifiers, and the log itself holds for both. A verifier always looks through all that
 * is in the folder. So that 10,000 changes end in time, lines are changed in every other segment of a whole log at once, where each change
 * has to be found by itself; and all kinds of changes are tried one by one in the same log after retention, with its whole tree.
 */
export const mutations: Check = {
  name: "mutations",
  full: 10_000,
  quick: 120,
  async run(context) {
    const folder = mkdtempSync(join(tmpdir(), "evidence-mutations-"));
    try {
      return await tryAll(folder, context);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function tryAll(folder: string, { count, random, progress }: CheckContext): Promise<Tried> {
  const { whole, shortened } = await makeStates(folder, count * LINES_EACH, random);
  const failures = new Failures();
  for (const { dir, trusted } of [whole, shortened])
    for (const said of [await ownWord(dir, trusted), ...(await otherWords([dir], trusted))])
      if (said.length > 0) failures.add(`the log does not hold before it is changed: ${said.join("; ")}`);
  const done = { all: 0, logs: 0 };
  const given = { folder, random };
  const tried = { failures, done, progress };
  await tryLogs(oneByOne(whole, { ...given, rounds: 1 }), {
    ...tried,
    state: whole,
    until: count,
    together: BATCH.one,
  });
  const atOnce = done.all + Math.round((count - done.all) * AT_ONCE);
  const many = { ...tried, state: whole, until: Math.min(count, atOnce), together: BATCH.many };
  await tryLogs(manyAtOnce(whole, given), many);
  await tryLogs(oneByOne(shortened, given), { ...tried, state: shortened, until: count, together: BATCH.one });
  const kinds = Object.keys(whole.kinds).length;
  if (done.all < count) failures.add(`only ${done.all} changes of ${count} were different ones`);
  return { count: done.all, failures: failures.list(), figures: { kinds, lines: count * LINES_EACH, logs: done.logs } };
}

interface Trying {
  readonly state: LogState;
  /** Changes, with those that were tried before. */
  readonly until: number;
  /** Logs of a batch. */
  readonly together: number;
  readonly done: { all: number; logs: number };
  readonly failures: Failures;
  progress(done: number): void;
}

/** Several batches are under way at once. */
async function tryLogs(logs: Iterator<ChangedLog>, trying: Trying): Promise<void> {
  const { state, until, together, done, failures, progress } = trying;
  let begun = done.all;
  const nextBatch = (): ChangedLog[] => {
    const batch: ChangedLog[] = [];
    while (batch.length < together && begun < until) {
      const next = logs.next();
      if (next.done === true) break;
      batch.push(next.value);
      begun += next.value.changes.length;
    }
    return batch;
  };
  const lane = async (): Promise<void> => {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      for (const unseen of await unseenOf(batch, state.trusted)) failures.add(unseen);
      done.all += batch.reduce((sum, { changes }) => sum + changes.length, 0);
      done.logs += batch.length;
      progress(done.all);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function unseenOf(batch: readonly ChangedLog[], trusted: Trusted): Promise<string[]> {
  const unseen: string[] = [];
  for (const needs of [false, true]) {
    const some = batch.filter(({ needsCheckpoint }) => needsCheckpoint === needs);
    if (some.length === 0) continue;
    const given = needs ? trusted : { ...trusted, checkpoint: null };
    const dirs = some.map(({ dir }) => dir);
    const [others, own] = await Promise.all([otherWords(dirs, given), ownWords(dirs, given)]);
    for (const [at, { changes }] of some.entries())
      for (const { what, isFound } of changes) {
        if (!isFound(own[at] ?? [])) unseen.push(`the gateway's verifier does not see: ${what}`);
        if (!isFound(others[at] ?? [])) unseen.push(`the verifier in Python does not see: ${what}`);
      }
    for (const { dir } of some) rmSync(dir, { recursive: true });
  }
  return unseen;
}

async function ownWords(dirs: readonly string[], trusted: Trusted): Promise<Said[]> {
  const words: Said[] = [];
  for (const dir of dirs) words.push(await ownWord(dir, trusted));
  return words;
}
