import type { PolicyRequirements } from "../../domain/settings.ts";
import type { OpaCommand } from "../build/opa.ts";
import { TransientFailure } from "../failure.ts";
import type { PolicySource } from "../layers/policy-source.ts";
import type { SourceFile, Sources } from "../sources.ts";
import { hasFailed, regoCoverage, regoTests } from "./rego-tests.ts";
import { gatewayCapabilities, isTestedFile, withTestFolder } from "./test-folder.ts";
import { failedTests, lowCoverage, notChecked, unfulfilled } from "./unfulfilled.ts";

interface Tested {
  readonly requirements: Pick<PolicyRequirements, "coverage">;
  readonly opa: OpaCommand;
  readonly list: readonly PolicySource[];
  /** Null for an archive with a compiled module. */
  readonly sources: Sources | null;
  readonly tests: readonly SourceFile[];
}

/** The policy's own tests pass, and reach as much of its rules as is required. @throws BundleFailure */
export async function assertTested({ requirements, opa, list, sources, tests }: Tested): Promise<void> {
  if (sources === null || tests.length === 0) throw unfulfilled("tests", "the policy has no tests of its own");
  const { coverage } = requirements;
  await withTestFolder(sources, tests, async (folder) => {
    // Nobody has approved these tests yet, and OPA itself would let them call out and read the environment.
    const run = { opa, folder, stage: "require", capabilities: gatewayCapabilities } as const;
    const results = await regoTests(run).catch((error: unknown) => {
      throw error instanceof TransientFailure ? notChecked("tests", error) : error;
    });
    const failed = results.filter(hasFailed);
    const left = results.filter(({ skip }) => skip !== true).length;
    if (failed.length > 0) throw failedTests(failed, left);
    if (left === 0) throw unfulfilled("tests", "none of its tests is run");
    if (coverage === null) return;
    const covered = await regoCoverage(run, isTestedFile(list)).catch((error: unknown) => {
      throw notChecked("coverage", error);
    });
    if (covered.lines === 0)
      throw unfulfilled("coverage", "no line of rules is counted, so that no test can reach one");
    if (covered.percent < coverage) throw lowCoverage(covered, coverage);
  });
}
