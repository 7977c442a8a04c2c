import { setTimeout as rest } from "node:timers/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { OpaCommand } from "../bundles/build/opa.ts";
import { createBundles } from "../bundles/bundles.ts";
import { CurrentSources } from "../bundles/layers/current-sources.ts";
import { checkAnswer } from "../decide/decide.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import type { PolicyLimits } from "../decide/host/limits.ts";
import { detect } from "../detect/detect.ts";
import type { Logger } from "../domain/ports.ts";
import { ShadowJudge } from "../impact/shadow/shadow-judge.ts";
import type { FromShadow, ShadowLevel, ToShadow } from "../impact/shadow/shadow-messages.ts";
import { systemClock } from "./clock-and-ids.ts";
import { type CacheFolder, openCacheFolder } from "./open-delivery.ts";
import { noMarks, type ShadowCandidate } from "./shadow-candidate.ts";

/** What the thread is started with. */
export interface ShadowThreadData extends ShadowCandidate {
  readonly opa: OpaCommand;
  readonly pollMs: number;
  readonly outDir: string;
  readonly cache: CacheFolder | null;
  readonly limits: PolicyLimits;
  readonly maskPointers: readonly string[];
  readonly cpuShare: number;
}

/** Thread entry: builds the candidate of `policy.shadow`, follows its edits, and judges copies of calls by it. */
const port = parentPort as MessagePort;
const { sources, trust, cache, limits, maskPointers, cpuShare, ...delivered } = workerData as ShadowThreadData;
const tell = (message: FromShadow): void => port.postMessage(message);

const write =
  (level: ShadowLevel) =>
  (message: string, fields: Record<string, unknown> = {}): void =>
    tell({ kind: "log", level, message: `policy.shadow: ${message}`, fields });
const logger: Logger = { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };

const bundles = createBundles({
  ...delivered,
  clock: systemClock,
  logger,
  checkAnswer,
  sources: new CurrentSources(sources),
  engine: createPolicyEngine({ remembers: true, limits, maskPointers }),
  signing: trust === null ? null : { trust, marks: noMarks },
  mayArrive: true,
  activated: () => "the candidate judges copies of calls",
  cache: await openCacheFolder(cache, { clock: systemClock, logger }),
});
const judge = new ShadowJudge({
  candidate: () => bundles.active(),
  find: detect,
  clock: systemClock,
  cpuShare,
  tell: (judged) => tell({ kind: "judged", judged }),
  rest,
});

bundles.watch((status) => tell({ kind: "status", status }));
port.on("message", (message: ToShadow) => {
  if (message.kind === "calls") judge.add(message.calls);
  else void bundles.close().finally(() => process.exit());
});
await bundles.start();
tell({ kind: "status", status: bundles.status() });
