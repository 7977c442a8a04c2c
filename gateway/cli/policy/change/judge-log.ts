import { setImmediate as nextTurn } from "node:timers/promises";
import type { Finding } from "../../../impact/judge-record.ts";
import { type DecisionBatch, SharedLines } from "../../../record/decision-batches.ts";
import type { BatchJudge } from "./batch-judge.ts";
import type { JudgingThreads } from "./judging-threads.ts";

/** Batches of which the findings may wait for those before, for each thread. */
const MOST_WAITING = 8;

interface Waiting {
  readonly found: Promise<readonly Finding[]>;
  isSettled: boolean;
}

/**
 * What judging each recorded decision has found, in the order of the log, a batch at a time. This thread reads the log, and judges what no
 * thread has time for. After each batch that is read it yields, with no findings when none are ready, so that whoever takes them can stop.
 * @throws BrokenReference
 */
export async function* judgeLog(
  batches: AsyncIterable<DecisionBatch>,
  judge: BatchJudge,
  threads: Pick<JudgingThreads, "judge" | "most" | "close">,
): AsyncGenerator<readonly Finding[]> {
  const shared = new SharedLines();
  let isClosed = false;
  async function here(batch: DecisionBatch): Promise<readonly Finding[]> {
    const { isNew, lines } = shared.of(batch);
    const findings = judge.judge({ ...batch, shared: lines }, isNew);
    // So that threads are heard, and Ctrl-C.
    await nextTurn();
    return findings;
  }
  // A thread that fails says less of why than this one does, if it fails at it too.
  const hereInstead = (batch: DecisionBatch): Promise<readonly Finding[]> =>
    isClosed ? Promise.resolve([]) : here(batch);
  const waiting: Waiting[] = [];
  try {
    for await (const batch of batches) {
      const asked = threads.judge(batch);
      const found = asked === null ? here(batch) : asked.catch(() => hereInstead(batch));
      const settled = settledLater(found, waiting);
      if (asked === null) await settled;
      yield [];
      while (waiting[0]?.isSettled === true || waiting.length > threads.most * MOST_WAITING)
        yield await (waiting.shift() as Waiting).found;
    }
    for (const { found } of waiting) yield await found;
  } finally {
    isClosed = true;
    await threads.close();
  }
}

/** Resolves when it is settled, either way: a failure is thrown in its turn. */
function settledLater(found: Promise<readonly Finding[]>, waiting: Waiting[]): Promise<void> {
  const last: Waiting = { found, isSettled: false };
  waiting.push(last);
  const settle = (): void => {
    last.isSettled = true;
  };
  return found.then(settle, settle);
}
