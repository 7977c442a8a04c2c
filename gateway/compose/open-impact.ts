import { stat } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import type { Config } from "../config/config.ts";
import { limitsOf } from "../decide/host/limits.ts";
import type { ReplayReport } from "../domain/policy-change.ts";
import type { MeasureImpact } from "../domain/ports.ts";
import type { ImpactRequirement } from "../domain/settings.ts";
import type { FromImpact, ImpactThreadData } from "./impact-thread.ts";

/** Judges recorded decisions on a thread of its own, within a time. */
export function impactOf(config: Config, { last, timeoutMs }: ImpactRequirement): MeasureImpact {
  const { record, policy } = config;
  return async (policies) => {
    // Without a folder there would be no decisions, and that is not the same as none that widens.
    await stat(record.dir);
    const limits = limitsOf(policy);
    return onThread({ policies, limits, logDir: record.dir, last }, timeoutMs);
  };
}

function onThread(workerData: ImpactThreadData, timeoutMs: number): Promise<ReplayReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./impact-thread.ts", import.meta.url), { workerData });
    worker.unref();
    const late = setTimeout(() => {
      reject(new Error(`it took longer than ${timeoutMs / 1_000} s (policy.require.impact.timeout)`));
      void worker.terminate();
    }, timeoutMs).unref();
    worker.once("message", (answer: FromImpact) => {
      if ("report" in answer) resolve(answer.report);
      else reject(new Error(answer.failure));
    });
    worker.once("error", reject);
    worker.once("exit", () => {
      clearTimeout(late);
      reject(new Error("the thread that judges recorded decisions ended without an answer"));
    });
  });
}
