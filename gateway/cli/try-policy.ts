import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfTest } from "../bundles/activate.ts";
import { BundleFailure, type Location } from "../bundles/failure.ts";
import { goldenCases } from "../bundles/golden-cases.ts";
import { parseModules } from "../bundles/rule-checks/modules.ts";
import { asLine } from "../bundles/rule-checks/check-rules.ts";
import type { OpaCommand } from "../bundles/build/opa.ts";
import { candidatesOf, sweep, type Swept } from "../bundles/rule-checks/fuzz.ts";
import { checkAnswer, decide, judgeResult, visible } from "../decide/decide.ts";
import type { LoadedFolder } from "./load-policy.ts";

const ask = { decision: decide, visible, result: judgeResult } as const;

/**
 * Asks the policy its golden cases, and then many questions made from them; returns how many.
 * @throws BundleFailure for a golden case with another answer, and for rules that give no usable answer to some question
 */
export async function tryPolicy({ policy, sources }: LoadedFolder, opa: OpaCommand): Promise<number> {
  const cases = goldenCases(sources);
  await selfTest(policy, cases, checkAnswer);
  const workspace = mkdtempSync(join(tmpdir(), "sallyport-sweep-"));
  try {
    const rego = sources.files.filter(({ path }) => path.endsWith(".rego"));
    const texts = Object.fromEntries(rego.map(({ path, bytes }) => [path, bytes.toString("utf8")]));
    const candidates = candidatesOf(await parseModules(opa, texts, workspace));
    const swept = sweep(
      { ask: (entrypoint, input) => ask[entrypoint](policy, input), faults: () => policy.status("").faults },
      candidates,
      cases,
    );
    if (swept.faults.length > 0) throw failureOf(swept);
    return swept.evaluations;
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

function failureOf({ faults }: Swept): BundleFailure {
  const locations = faults.map(({ fault, example }): Location => {
    const { place, code, detail, entrypoint } = fault;
    const message = `${code}: ${detail} (${entrypoint}, with ${example})`;
    return { file: place?.file ?? "sallyport/main", line: place?.line ?? 1, message };
  });
  return new BundleFailure("self-test", locations.map(asLine).join("\n"), locations);
}
