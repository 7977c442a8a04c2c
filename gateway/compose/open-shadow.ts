import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { limitsOf } from "../decide/host/limits.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Bundles } from "../domain/ports.ts";
import { LiveShadow } from "../impact/shadow/live-shadow.ts";
import type { Steps } from "../pipeline/enforce.ts";
import type { Metrics } from "../record/metrics/metrics.ts";
import { cacheFolderOf, type DeliveryDeps, opaOf } from "./open-delivery.ts";
import { shadowCandidate } from "./shadow-candidate.ts";
import type { ShadowThreadData } from "./shadow-thread.ts";

interface ShadowDeps extends DeliveryDeps {
  readonly metrics: Metrics;
}

/** Null where the configuration names no candidate. @throws Error for a key that cannot be read */
export function openShadow(
  config: Config,
  active: Bundles,
  { cacheKey, metrics, clock, logger }: ShadowDeps,
): LiveShadow | null {
  const { shadow, pollMs } = config.policy;
  if (shadow === null) return null;
  const threadData: ShadowThreadData = {
    ...shadowCandidate(config, shadow),
    opa: opaOf(config),
    pollMs,
    limits: limitsOf(config.policy),
    maskPointers: config.record.mask,
    outDir: join(config.dataDir, "shadow-bundles"),
    cache: cacheFolderOf(config, cacheKey),
    cpuShare: shadow.cpuShare,
  };
  return new LiveShadow({
    threadData,
    clock,
    logger,
    active,
    queue: shadow.queue,
    counted: metrics.shadow,
    thread: new URL("./shadow-thread.ts", import.meta.url),
  });
}

type Record = Steps<Exchange>["record"];

/** Records as before, and gives each decision that is recorded to the candidate before it is acted on. */
export function recordedFor(shadow: Pick<LiveShadow, "offer"> | null, record: Record): Record {
  if (shadow === null) return record;
  return (context, decision, act) =>
    record(context, decision, () => {
      shadow.offer(context, decision);
      return act();
    });
}
