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

async function judged(how: How, { impact = false, log = join(made.dir, "data", "log") } = {}): Promise<Finding[]> {
  const [old, now] = [impact ? (before as Candidate) : null, after as Candidate];
  const judge = new BatchJudge({ before: old?.policy ?? null, after: now.policy, find: detect });
  const threads = new JudgingThreads({ before: old?.portable ?? null, after: now.portable }, how);
  const found: Finding[] = [];
  for await (const findings of judgeLog(decisionBatches(log, { last: 10_000 }, 4), judge, threads))
    found.push(...findings);
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
    const several = await judged({ most: 2, afterBatches: 3 }, { impact });
    expect(one).toHaveLength(total);
    expect(several).toEqual(one);
    const report = (await plain(impact)).report();
    expect(report.changed).toBeGreaterThan(30);
    expect(reportOf(several)).toEqual(report);
  },
);

test("what a thread fails at is judged by the one that reads the log, and the report is the same", async () => {
  const entry = new URL("../../../../support/record/failing-judging-thread.ts", import.meta.url);
  expect(await judged({ most: 2, afterBatches: 0, entry })).toEqual(await judged({ most: 0 }));
});

test("a record that refers to what is not in its segment fails the command, whichever thread reads it", async () => {
  const log = join(made.dir, "broken");
  const segment = readdirSync(join(made.dir, "data", "log")).find((name) => name.endsWith(".jsonl")) as string;
  const lines = readFileSync(join(made.dir, "data", "log", segment), "utf8").split("\n");
  const last = lines.findLastIndex((line) => line.includes('"like":["'));
  lines[last] = (lines[last] as string).replace(/"like":\["./, '"like":["_');
  mkdirSync(log);
  writeFileSync(join(log, segment), lines.join("\n"));
  const failure = /cannot be made whole: refers to the shared members _/;
  await expect(judged({ most: 0 }, { log })).rejects.toThrow(failure);
  await expect(judged({ most: 2, afterBatches: 0 }, { log })).rejects.toThrow(failure);
});
