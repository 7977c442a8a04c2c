import { type OpaCommand, opaOutput, parseOpaErrors } from "../build/opa.ts";
import type { Stage } from "../failure.ts";
import { type Coverage, coverageOf } from "./coverage.ts";
import { policyLimits } from "./test-folder.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** One test in the JSON of `opa test`. */
export interface RegoTest {
  readonly package: string;
  readonly name: string;
  readonly location: { readonly file: string; readonly row: number };
  readonly fail?: boolean;
  readonly error?: unknown;
  readonly skip?: boolean;
  /** Nanoseconds. */
  readonly duration?: number;
  /** What it printed, in Base64. */
  readonly output?: string;
}

export function hasFailed({ fail, error }: Pick<RegoTest, "fail" | "error">): boolean {
  return fail === true || error !== undefined;
}

export interface TestRun {
  readonly opa: OpaCommand;
  /** Of the policy and its tests. */
  readonly folder: string;
  /** Tests whose names match; absent: all. */
  readonly pattern?: string | undefined;
  readonly stage: Stage;
  /** File of the capabilities that count whatever the folder has; absent: those of the folder. */
  readonly capabilities?: string;
}

/** @throws BundleFailure when OPA finished no test, as for Rego that does not compile */
export async function regoTests(run: TestRun): Promise<RegoTest[]> {
  const { opa, folder, stage } = run;
  const { stdout, stderr } = await opaOutput(opa, argumentsOf(run, []), folder, stage);
  try {
    const value: unknown = parseJson(stdout);
    if (Array.isArray(value)) return value as RegoTest[];
  } catch {
    // No JSON: OPA has printed errors.
  }
  throw parseOpaErrors(stderr || stdout, stage);
}

/** How much of the rules the tests reach; `isCounted`: of which files. @throws BundleFailure when a test fails */
export async function regoCoverage(run: TestRun, isCounted: (file: string) => boolean): Promise<Coverage> {
  const { opa, folder, stage } = run;
  const { stdout, stderr } = await opaOutput(opa, argumentsOf(run, ["--coverage"]), folder, stage);
  try {
    return coverageOf(parseJson(stdout), isCounted);
  } catch {
    throw parseOpaErrors(stderr || stdout, stage);
  }
}

function argumentsOf({ folder, pattern, capabilities }: TestRun, more: readonly string[]): string[] {
  const run = pattern === undefined ? [] : ["--run", pattern];
  return ["test", "--bundle", ...more, "--format", "json", ...policyLimits(folder, capabilities), ...run, "."];
}
