import { Option } from "commander";
import { selfTest } from "../../bundles/active/activate.ts";
import { asLine, BundleFailure, type Location } from "../../bundles/failure.ts";
import { goldenCases } from "../../bundles/golden-cases.ts";
import type { PolicySource } from "../../bundles/layers/policy-source.ts";
import { parseOpaErrors, type OpaCommand } from "../../bundles/build/opa.ts";
import { policyLimits } from "../../bundles/require/test-folder.ts";
import { perToolRules, perToolRulesWarning } from "../../bundles/rule-checks/check-rules.ts";
import { parseModules } from "../../bundles/rule-checks/modules.ts";
import { candidateValues, fuzzPolicy, type FuzzResult } from "../../bundles/rule-checks/fuzz.ts";
import { checkAnswer, decide, judgeResult, visible as listTools } from "../../decide/decide.ts";
import { assertWritable, writeOutput } from "../common/output-file.ts";
import { type CliDeps, configOption, type ConfigOptions, type Verb } from "../common/verb.ts";
import { type LoadedPolicy, loadPolicy, policyList, withPolicy } from "./load-policy.ts";
import { configuredOpa, runOpa } from "./opa.ts";
import { type Found, foundIn, sarifText } from "./sarif.ts";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";

/**
 * `sallyport policy check`: OPA's strict check against the schemas, the gateway's own compilation, the golden cases, and
 * many questions derived from them.
 */
export const check: Verb = {
  usage: "check [source...]",
  summary: "check that Rego compiles, strictly",
  examples: ["policy check", "policy check library policy --json", "policy check library policy --sarif policy.sarif"],
  options: [
    configOption,
    new Option("--sarif <file>", "write what was found there too, as SARIF 2.1.0, which code hosts show at its lines"),
  ],
  async run(deps: CliDeps, options: CheckOptions, _first, named = []) {
    assertWritable(options.sarif);
    const { config, sarif } = options;
    let list: readonly PolicySource[] = [];
    const report = (found: Found): void => {
      if (sarif !== undefined) writeOutput(sarif, sarifText({ list, config }, found));
    };
    try {
      list = policyList(named, config);
      report({ errors: [], warnings: await checkSources(deps, options, list) });
    } catch (failure) {
      // Also when nothing could be checked: a report of before would pass for that of this policy.
      report(foundIn(failure));
      throw failure;
    }
  },
};

interface CheckOptions extends ConfigOptions {
  readonly sarif?: string;
}

/** @returns the warnings. @throws BundleFailure */
async function checkSources(
  { printer, clock }: CliDeps,
  { config, json }: ConfigOptions,
  list: readonly PolicySource[],
): Promise<readonly Location[]> {
  return withPolicy(list, { tests: true }, async ({ name, sources, folder }) => {
    const strict = await runOpa(["check", "--strict", "--bundle", ...policyLimits(folder), "."], folder);
    if (strict.status !== 0) throw parseOpaErrors(strict.stderr || strict.stdout, "compile");
    const opa = configuredOpa(config);
    const loaded = await loadPolicy(sources, config, clock);
    const { revision, rules, warnings: ofRules } = loaded.policy;
    const slow = await perToolRules(opa, folder, sources.files);
    const found = [...ofRules, ...slow.map(perToolRulesWarning)];
    const warnings = found.map(asLine);
    const questions = await checkAnswers(loaded, opa);
    const verdict = `${name} compiles: ${rules.length} rules, revision ${revision}; ${questions} questions answered`;
    const result = { ok: true, sources: name, revision, rules: rules.length, questions, warnings };
    printer.result(json, result, [...warnings, verdict].join("\n"));
    return found;
  });
}

const entrypoints = { decision: decide, visible: listTools, result: judgeResult } as const;

/**
 * Asks the policy its golden cases, and then many questions derived from them; returns how many were evaluated.
 * @throws BundleFailure for a wrong answer to a golden case, and for rules that give no usable answer to some question
 */
export async function checkAnswers({ policy, sources }: LoadedPolicy, opa: OpaCommand): Promise<number> {
  const cases = goldenCases(sources);
  await selfTest(policy, cases, checkAnswer);
  return inTemporaryFolder("sallyport-fuzz-", async (workspace) => {
    const rego = sources.files.filter(({ path }) => path.endsWith(".rego"));
    const texts = Object.fromEntries(rego.map(({ path, bytes }) => [path, bytes.toString("utf8")]));
    const candidates = candidateValues(await parseModules(opa, texts, workspace));
    const fuzzed = fuzzPolicy(
      {
        ask: (entrypoint, input) => entrypoints[entrypoint](policy, input),
        faults: () => policy.status("").faults,
      },
      candidates,
      cases,
    );
    if (fuzzed.faults.length > 0) throw fuzzFailure(fuzzed);
    return fuzzed.evaluations;
  });
}

function fuzzFailure({ faults }: FuzzResult): BundleFailure {
  const locations = faults.map(({ fault, example }): Location => {
    const { place, code, detail, entrypoint } = fault;
    const message = `${code}: ${detail} (${entrypoint}, with ${example})`;
    return { file: place?.file ?? "sallyport/main", line: place?.line ?? 1, message };
  });
  return new BundleFailure("self-test", locations.map(asLine).join("\n"), locations);
}
