import { CurrentSources } from "../../../gateway/bundles/layers/current-sources.ts";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createBundles } from "../../../gateway/bundles/bundles.ts";
import { openFolderCache } from "../../../gateway/bundles/cache/folder-cache.ts";
import { identityOf } from "../../../gateway/bundles/cache/identity.ts";
import { checkAnswer } from "../../../gateway/decide/decide.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import type { Bundles, Logger } from "../../../gateway/domain/ports.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const logger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error: (message) => void process.stderr.write(`${message}\n`),
};

/** By then the threads of the edit before have ended, and those of the next one start with it. */
export const threadsEndMs = 33_000;

/** The delivery of a policy folder as the gateway opens it, with a cache in `folder`. */
export async function delivery(folder: string, policy: string): Promise<Bundles> {
  const kept = { folder: join(folder, "cache"), key: Buffer.alloc(32, "bench"), maxBytes: 1024 ** 3 };
  return createBundles({
    clock,
    logger,
    checkAnswer,
    opa: { path: "opa", timeoutMs: 600_000, environment: process.env },
    outDir: join(folder, "built"),
    engine: createPolicyEngine({ remembers: true }),
    sources: new CurrentSources([{ kind: "folder", path: policy }]),
    cache: await openFolderCache({
      ...kept,
      identity: () => identityOf("opa", process.env["PATH"] ?? ""),
      clock,
      logger,
    }),
  });
}

/** Milliseconds from an edit until another revision is active. @throws Error when it does not become active */
export async function untilActive(bundles: Bundles, edit: () => Promise<void>): Promise<number> {
  const before = bundles.active()?.revision;
  const applied = new Promise<void>((resolve, reject) => {
    const stop = bundles.watch(({ active, failure }) => {
      if (failure !== null) reject(new Error(failure.message));
      else if (active?.revision === before) return;
      else resolve();
      stop();
    });
  });
  await edit();
  const began = performance.now();
  await applied;
  return performance.now() - began;
}

export interface Observed {
  /** Longest time in which the event loop stood still. */
  readonly stallMs: number;
  /** The most resident memory beyond that of before. */
  readonly mostBytes: number;
}

/** Figures of one edit. */
export interface LargeEdit extends Observed {
  /** Until it is active. */
  readonly ms: number;
  /** Resident memory beyond that of before when the threads of the build have ended. */
  readonly keptBytes: number;
}

/** What `work` does to this process, whose resident memory was `before`. */
export async function observed(before: number, work: () => Promise<unknown>): Promise<Observed> {
  let most = before;
  const sample = (): void => void (most = Math.max(most, process.memoryUsage.rss()));
  const sampler = setInterval(sample, 10);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  try {
    await work();
  } finally {
    delays.disable();
    clearInterval(sampler);
  }
  sample();
  return { stallMs: delays.max / 1e6, mostBytes: most - before };
}
