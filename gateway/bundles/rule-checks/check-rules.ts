import { Worker } from "node:worker_threads";
import { BundleFailure, type Location, type Stage, TransientFailure } from "../failure.ts";
import type { OpaCommand } from "../run-opa.ts";
import type { ModuleTexts } from "./parse-modules.ts";
import type { OptionalData, Problem } from "./problems.ts";

export interface RuleCheck {
  readonly opa: OpaCommand;
  /** The built bundle; its data is looked at, and its modules where `modules` is null. */
  readonly archive: string;
  /** As their authors wrote them. */
  readonly modules: ModuleTexts | null;
  readonly optional: readonly OptionalData[];
}

export type LocatedProblem = Location & Pick<Problem, "severity">;

/**
 * Finds rules that nobody asks, references to data that is nowhere, and exports that have no effect. On a thread of its
 * own: syntax trees and data are megabytes of JSON, and requests are being answered meanwhile.
 * @returns the warnings
 * @throws BundleFailure that names every error
 */
export async function checkRules(check: RuleCheck, stage: Stage): Promise<readonly Location[]> {
  const found = await analyse(check, stage);
  const [errors, warnings] = (["error", "warning"] as const).map((severity) =>
    found
      .filter((problem) => problem.severity === severity)
      .map(({ file, line, message }) => ({ file, line, message })),
  );
  if (errors !== undefined && errors.length > 0) throw new BundleFailure(stage, errors.map(asLine).join("\n"), errors);
  return warnings ?? [];
}

export function asLine({ file, line, message }: Location): string {
  return `${file}:${line}: ${message}`;
}

/** What the thread says: an error would lose its class on the way. */
export type CheckAnswer =
  { readonly problems: readonly LocatedProblem[] } | { readonly failure: string; readonly transient: boolean };

function analyse(check: RuleCheck, stage: Stage): Promise<readonly LocatedProblem[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: check });
    worker.once("message", (answer: CheckAnswer) => {
      if ("problems" in answer) resolve(answer.problems);
      else reject(new (answer.transient ? TransientFailure : BundleFailure)(stage, answer.failure));
    });
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that checks the rules ended without an answer")));
  });
}
