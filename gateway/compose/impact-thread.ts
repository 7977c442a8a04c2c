import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { judgingPolicy } from "../bundles/active/judging-policy.ts";
import type { BundlePolicy } from "../bundles/active/active-policy.ts";
import { type Archive, readArchive } from "../bundles/archive/archive.ts";
import { unaskedDifferences } from "../bundles/archive/unasked-differences.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import type { PolicyLimits } from "../decide/host/limits.ts";
import { detect } from "../detect/detect.ts";
import type { ReplayReport } from "../domain/policy-change.ts";
import type { MeasureImpact } from "../domain/ports.ts";
import { Replay } from "../impact/replay.ts";
import { decisionRecords } from "../record/read-decisions.ts";
import { systemClock } from "./clock-and-ids.ts";

/** What the thread is started with. */
export interface ImpactThreadData {
  readonly policies: Parameters<MeasureImpact>[0];
  readonly limits: PolicyLimits;
  readonly logDir: string;
  /** So many of the latest recorded decisions. */
  readonly last: number;
}

/** Its one answer. */
export type FromImpact = { readonly report: ReplayReport } | { readonly failure: string };

/** Names that are counted of each kind of change, and examples that are kept. */
const counted = { names: 50, examples: 5 };

/** Thread entry: judges recorded decisions by two policies, so that no call waits for it, and says what differs. */
const { policies, limits, logDir, last } = workerData as ImpactThreadData;

async function measured(): Promise<ReplayReport> {
  const [before, after] = [await archiveOf(policies.before), await archiveOf(policies.after)];
  const [old, now] = [await loaded(before), await loaded(after)];
  const replaying = new Replay({ before: old, after: now, find: detect, limits: counted });
  for await (const record of decisionRecords(logDir, { last })) replaying.add(record);
  return { ...replaying.report(), notAsked: unaskedDifferences(before, after) };
}

/** @throws Error when the archive is not the one that is meant */
async function archiveOf({
  archive: file,
  digest,
  revision,
}: ImpactThreadData["policies"]["before"]): Promise<Archive> {
  const archive = await readArchive(file);
  if (archive.digest !== digest) throw new Error(`the archive of revision ${revision} is another one than was active`);
  return archive;
}

async function loaded(archive: Archive): Promise<BundlePolicy> {
  const { wasm, data, projections } = archive;
  const prepared = await createPolicyEngine({ limits }).prepare(wasm, data, projections);
  return judgingPolicy(archive, prepared, { rules: [], warnings: [] }, systemClock);
}

const port = parentPort as MessagePort;
const answer: FromImpact = await measured().then(
  (report) => ({ report }),
  (error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }),
);
port.postMessage(answer);
