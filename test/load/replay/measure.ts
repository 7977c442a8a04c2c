/** node measure.ts CONFIG DRAFT THREADS: judges the recorded decisions anew once, in a process of its own, and prints what it took as JSON. */
import { dirname, join } from "node:path";
import { BatchJudge } from "../../../gateway/cli/policy/change/batch-judge.ts";
import { loadCandidate } from "../../../gateway/cli/policy/change/candidate.ts";
import { keepCompiledCode } from "../../../gateway/cli/compiled-code.ts";
import { judgeLog } from "../../../gateway/cli/policy/change/judge-log.ts";
import { JudgingThreads } from "../../../gateway/cli/policy/change/judging-threads.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { detect } from "../../../gateway/detect/detect.ts";
import { Replay } from "../../../gateway/impact/replay.ts";
import { decisionBatches } from "../../../gateway/record/read-decisions.ts";
import type { Measured } from "./run.ts";

// As the command does: threads find their code compiled.
keepCompiledCode();
const [config = "", draft = "", threads = "0"] = process.argv.slice(2);
const after = await loadCandidate([draft], config, systemClock);
const judges = { before: null, after: after.policy, find: detect };
const counts = new Replay({ ...judges, limits: { examples: 3, names: 10_000 } });
const batches = decisionBatches(join(dirname(config), "data", "log"), { last: 1_000_000 }, 100);
const several = new JudgingThreads({ before: null, after: after.portable }, { most: Number(threads) });

// The policy is loaded: what is measured begins with the first byte of the log, and with code that nothing has run before.
const began = performance.now();
const cpu = process.cpuUsage();
for await (const findings of judgeLog(batches, new BatchJudge(judges), several))
  for (const finding of findings) counts.take(finding);
const { user, system } = process.cpuUsage(cpu);
const ms = performance.now() - began;
const { decisions, changed } = counts.report();
const measured: Measured = { decisions, changed, perSecond: (decisions * 1_000) / ms, us: (user + system) / decisions };
process.stdout.write(`${JSON.stringify(measured)}\n`);
