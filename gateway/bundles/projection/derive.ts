import { Worker } from "node:worker_threads";
import type { Projections } from "../../domain/projection.ts";
import { type OpaCommand, runOpa } from "../run-opa.ts";

export interface Derived {
  /** Empty after a fault: the policy then gets the whole input, which is slower and as right. */
  readonly projections: Projections;
  readonly fault: string | null;
}

/**
 * What each entrypoint reads of the input, from OPA's own plan of the policy below `source`. The plan is what OPA
 * compiles to WebAssembly, so nothing of Rego has to be understood a second time here.
 * `build` are the arguments that the module is built with; the plan lies in `planFile` afterwards.
 */
export async function deriveProjections(
  opa: OpaCommand,
  build: readonly string[],
  source: string,
  planFile: string,
): Promise<Derived> {
  try {
    await runOpa(opa, build, source, "compile");
    return { projections: JSON.parse(await analyse(planFile)) as Projections, fault: null };
  } catch (error) {
    return { projections: {}, fault: error instanceof Error ? error.message : String(error) };
  }
}

function analyse(planFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: planFile });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that reads the plan ended without an answer")));
  });
}
