import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BatchJudge } from "../../../../../gateway/cli/policy/change/batch-judge.ts";
import { type Candidate, loadCandidate } from "../../../../../gateway/cli/policy/change/candidate.ts";
import { judgeLog } from "../../../../../gateway/cli/policy/change/judge-log.ts";
import { JudgingThreads } from "../../../../../gateway/cli/policy/change/judging-threads.ts";
import { systemClock } from "../../../../../gateway/compose/clock-and-ids.ts";
import { detect } from "../../../../../gateway/detect/detect.ts";
import type { Finding } from "../../../../../gateway/impact/judge-record.ts";
import { Replay } from "../../../../../gateway/impact/replay.ts";
import { decisionBatches, decisionRecords } from "../../../../../gateway/record/read-decisions.ts";
import { type ThreeEdits, threeEdits } from "../../../../support/recorded/three-edits.ts";

const total = 120;
const limits = { examples: 7, names: 5 };
let made: ThreeEdits;
let [before, after]: Candidate[] = [];

beforeAll(async () => {
  made = await threeEdits(total);
  before = await loadCandidate([], made.config, systemClock);
  after = await loadCandidate([made.draft], made.config, systemClock);
}, 300_000);
afterAll(() => made?.remove());

type How = ConstructorParameters<typeof JudgingThreads>[1];

/** What became of the batches that threads were asked for. */
interface Seen {
  answered: number;
  rejected: number;
  /** Asked for at one time and not answered yet, at most. */
  peak: number;
}

const nothingSeen = (): Seen => ({ answered: 0, rejected: 0, peak: 0 });

function watched(threads: JudgingThreads, seen: Seen): Pick<JudgingThreads, "judge" | "most" | "close"> {
  let open = 0;
  const settled = (): number => (open -= 1);
  return {
    most: threads.most,
    judge(batch) {
      const asked = threads.judge(batch);
      if (asked === null) return null;
      open += 1;
      seen.peak = Math.max(seen.peak, open);
      asked
        .then(
          () => (seen.answered += 1),
          () => (seen.rejected += 1),
        )
        .finally(settled);
      return asked;
    },
    close: () => threads.close(),
  };
}

function judging(how: How, { impact = false, log = join(made.dir, "data", "log"), seen = nothingSeen() } = {}) {
  const [old, now] = [impact ? (before as Candidate) : null, after as Candidate];
  const judge = new BatchJudge({ before: old?.policy ?? null, after: now.policy, find: detect });
  const threads = new JudgingThreads({ before: old?.portable ?? null, after: now.portable }, how);
  return judgeLog(decisionBatches(log, { last: 10_000 }, 4), judge, watched(threads, seen));
}

async function judged(...asked: Parameters<typeof judging>): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const findings of judging(...asked)) found.push(...findings);
  return found;
}

/** As whoever reads one record after the other. */
async function plain(impact: boolean): Promise<Replay> {
  const old = impact ? (before as Candidate).policy : null;
  const replay = new Replay({ before: old, after: (after as Candidate).policy, find: detect, limits });
  for await (const record of decisionRecords(join(made.dir, "data", "log"), { last: 10_000 })) replay.add(record);
  return replay;
}

function reportOf(findings: readonly Finding[]) {
  const replay = new Replay({ before: null, after: (after as Candidate).policy, find: detect, limits });
  for (const finding of findings) replay.take(finding);
  return replay.report();
}

test.each([
  ["what was recorded", false],
  ["another policy", true],
])(
  "threads find the same as one thread, in the same order and with the same examples, against %s",
  async (_, impact) => {
    const one = await judged({ most: 0 }, { impact });
    const seen = nothingSeen();
    const several = await judged({ most: 2, afterBatches: 3 }, { impact, seen });
    // One thread is asked for 4 at a time: both have judged.
    expect(seen.peak).toBeGreaterThan(4);
    expect(seen.answered).toBeGreaterThanOrEqual(seen.peak);
    expect(seen.rejected).toBe(0);
    expect(one).toHaveLength(total);
    expect(several).toEqual(one);
    const report = (await plain(impact)).report();
    expect(report.changed).toBeGreaterThan(30);
    expect(reportOf(several)).toEqual(report);
  },
);

test("what a thread fails at is judged by the one that reads the log, and the report is the same", async () => {
  const entry = new URL("../../../../support/record/failing-judging-thread.ts", import.meta.url);
  const seen = nothingSeen();
  expect(await judged({ most: 2, afterBatches: 0, entry }, { seen })).toEqual(await judged({ most: 0 }));
  expect(seen.answered).toBeGreaterThan(0);
  expect(seen.rejected).toBeGreaterThan(0);
});

test("whoever takes the findings is asked after each batch that is read, also while threads judge", async () => {
  const findings = judging({ most: 8, afterBatches: 0 });
  expect(await findings.next()).toEqual({ done: false, value: [] });
  expect(await findings.next()).toEqual({ done: false, value: [] });
  await findings.return(undefined);
});

test.each([
  [1, 0],
  [2, 0],
  [3, 2],
  [9, 8],
  [64, 8],
])("on %i cores, %i threads judge beside the one that reads", (cores, most) => {
  const { portable } = after as Candidate;
  expect(new JudgingThreads({ before: null, after: portable }, { cores }).most).toBe(most);
});

test("a record that refers to what is not in its segment fails the command, whichever thread reads it", async () => {
  const log = join(made.dir, "broken");
  const segment = readdirSync(join(made.dir, "data", "log")).find((name) => name.endsWith(".jsonl")) as string;
  const lines = readFileSync(join(made.dir, "data", "log", segment), "utf8").split("\n");
  const last = lines.findLastIndex((line) => /^\{"seq":\d+,"kind":"decision",.*"like":\["/.test(line));
  lines[last] = (lines[last] as string).replace(/"like":\["[\w-]{43}/, `"like":["${"x".repeat(43)}`);
  mkdirSync(log);
  writeFileSync(join(log, segment), lines.join("\n"));
  const failure = /cannot be made whole: record \d+ refers to the shared members x{43},/;
  await expect(judged({ most: 0 }, { log })).rejects.toThrow(failure);
  await expect(judged({ most: 2, afterBatches: 0 }, { log })).rejects.toThrow(failure);
});
