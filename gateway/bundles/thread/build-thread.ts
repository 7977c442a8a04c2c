import { ResidentThread } from "../../lib/resident-thread.ts";
import type { PolicyEngine } from "../../domain/ports.ts";
import type { PrintPlacesAnswer, PrintPlacesRequest } from "../build/print-places.ts";
import type { CheckedData } from "../data/check-data.ts";
import type { ModulesAnswer, ModulesCheck, RuleCheck, RulesAnswer } from "../rule-checks/check-rules.ts";
import type { SourceFile } from "../sources.ts";
import { expectOpa, releaseOpa } from "./opa-thread.ts";

/** A buffer arrives as plain bytes. */
export type SentFile = Omit<SourceFile, "bytes"> & { readonly bytes: Uint8Array };

/** What is asked of the build thread, and what it answers. */
interface Kinds {
  readonly data: { readonly asked: readonly SentFile[]; readonly answer: CheckedData };
  /** The data.json of a bundle, which moves to the thread and back. */
  readonly bundleData: {
    readonly asked: Uint8Array;
    readonly answer: { readonly checked: CheckedData; readonly data: Uint8Array };
  };
  readonly rules: { readonly asked: RuleCheck; readonly answer: RulesAnswer };
  readonly modules: { readonly asked: ModulesCheck; readonly answer: ModulesAnswer };
  readonly prints: { readonly asked: PrintPlacesRequest; readonly answer: PrintPlacesAnswer };
  /** The file of a plan. */
  readonly plan: { readonly asked: string; readonly answer: string };
}

const file = new URL("./build-thread-worker.ts", import.meta.url);

/** Checks of a build are megabytes of JSON, and the main thread serves requests. One thread for all policies of the process. */
const buildThread = new ResidentThread({ file, task: "checks the policy" });

/** What is left of a plan in memory would end the other thread, and with it the modules that it has parsed. */
const planThread = new ResidentThread({ file, task: "reads what the policy depends on" });

/** The threads of a build start while its sources are read, each in a turn of its own: to start one takes 2 ms. Never fails. */
export function expectBuild(engine: Pick<PolicyEngine, "expectLoad">): void {
  buildThread.start();
  setImmediate(() => {
    expectOpa();
    setImmediate(() => engine.expectLoad());
  });
}

/** No build is expected: threads of which nothing is asked end. */
export function releaseThreads(engine: Pick<PolicyEngine, "releaseLoad">): void {
  void releaseBuild();
  engine.releaseLoad();
}

/** Bytes of data that are large: a thread more or less is nothing beside the time that they take, and much beside the memory. */
const LARGE_BYTES = 16 * 1024 * 1024;

export function isLarge(dataBytes: number): boolean {
  return dataBytes > LARGE_BYTES;
}

/**
 * The build is done. Threads of which nothing is asked end, so that what they have in memory is not there beside large data. One after the
 * other: while several end, and another starts, calls wait for a processor for 20 ms and more.
 */
export async function releaseBuild(): Promise<void> {
  await buildThread.release();
  await planThread.release();
  await releaseOpa();
}

export function askBuildThread<Kind extends keyof Kinds>(
  kind: Kind,
  data: Kinds[Kind]["asked"],
  options: { readonly limitMs?: number; readonly moved?: readonly ArrayBuffer[] } = {},
): Promise<Kinds[Kind]["answer"]> {
  return (kind === "plan" ? planThread : buildThread).ask(kind, data, options);
}

/** A plan is about to be made. Never fails. */
export function expectPlan(): void {
  planThread.start();
}
