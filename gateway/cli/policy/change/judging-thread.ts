import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../../compose/clock-and-ids.ts";
import { detect } from "../../../detect/detect.ts";
import type { Judges } from "../../../impact/judge-record.ts";
import { policyOf, type PortablePolicy } from "../portable-policy.ts";
import { BatchJudge } from "./batch-judge.ts";
import type { FromJudging, JudgingPolicies, ToJudging } from "./judging-threads.ts";

/** Thread entry: judges batches of recorded decisions, one after the other. What fails here ends the thread. */
const port = parentPort as MessagePort;
const { before, after } = workerData as JudgingPolicies;

const loaded = (policy: PortablePolicy): Judges["after"] =>
  policyOf(policy, { rules: [], warnings: [] }, systemClock).policy;
const judge = new BatchJudge({
  before: before === null ? null : loaded(before),
  after: loaded(after),
  find: detect,
});

port.on("message", ({ batch, isNew }: ToJudging) => {
  const findings: FromJudging = judge.judge(batch, isNew);
  port.postMessage(findings);
});
