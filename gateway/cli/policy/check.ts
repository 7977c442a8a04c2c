import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Option } from "commander";
import { selfTest } from "../../bundles/activate.ts";
import { asLine, BundleFailure, type Location } from "../../bundles/failure.ts";
import { difference, goldenCases } from "../../bundles/golden-cases.ts";
import { parseOpaErrors, type OpaCommand } from "../../bundles/build/opa.ts";
import { perToolRules, perToolRulesWarning } from "../../bundles/rule-checks/check-rules.ts";
import { parseModules } from "../../bundles/rule-checks/modules.ts";
import { candidateValues, fuzzPolicy, type FuzzResult } from "../../bundles/rule-checks/fuzz.ts";
import { checkAnswer, decide, judgeResult, visible as listTools } from "../../decide/decide.ts";
import { PolicyFault } from "../../domain/ports.ts";
import type { JsonValue } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { configOption, type ConfigOptions, type Verb, CliFailure, exits } from "../common/verb.ts";
import { type LoadedPolicy, loadPolicy, policyList, withPolicy } from "./load-policy.ts";
import { configuredOpa, policyLimits, runOpa } from "./opa.ts";

/**
 * `sallyport policy check`: OPA's strict check against the schemas, the gateway's own compilation, the golden cases, and
 * many questions derived from them.
 */
export const check: Verb = {
  usage: "check [source...]",
  summary: "check that Rego compiles, strictly",
  examples: ["policy check", "policy check library policy --json"],
  options: [configOption],
  async run({ printer, clock }, { config, json }: ConfigOptions, _first, named = []) {
    await withPolicy(policyList(named, config), { tests: true }, async ({ name, sources, folder }) => {
      const strict = await runOpa(["check", "--strict", "--bundle", ...policyLimits(folder), "."], folder);
      if (strict.status !== 0) throw parseOpaErrors(strict.stderr || strict.stdout, "compile");
      const opa = configuredOpa(config);
      const loaded = await loadPolicy(sources, config, clock);
      const { revision, rules, warnings: ruleWarnings } = loaded.policy;
      const slow = await perToolRules(opa, folder, sources.files);
      const warnings = [...ruleWarnings.map(asLine), ...slow.map(perToolRulesWarning)];
      const questions = await checkAnswers(loaded, opa);
      const verdict = `${name} compiles: ${rules.length} rules, revision ${revision}; ${questions} questions answered`;
      const result = { ok: true, sources: name, revision, rules: rules.length, questions, warnings };
      printer.result(json, result, [...warnings, verdict].join("\n"));
    });
  },
};

const entrypoints = { decision: decide, visible: listTools, result: judgeResult } as const;

/**
 * Asks the policy its golden cases, and then many questions derived from them; returns how many were evaluated.
 * @throws BundleFailure for a wrong answer to a golden case, and for rules that give no usable answer to some question
 */
export async function checkAnswers({ policy, sources }: LoadedPolicy, opa: OpaCommand): Promise<number> {
  const cases = goldenCases(sources);
  await selfTest(policy, cases, checkAnswer);
  const workspace = mkdtempSync(join(tmpdir(), "sallyport-fuzz-"));
  try {
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
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

function fuzzFailure({ faults }: FuzzResult): BundleFailure {
  const locations = faults.map(({ fault, example }): Location => {
    const { place, code, detail, entrypoint } = fault;
    const message = `${code}: ${detail} (${entrypoint}, with ${example})`;
    return { file: place?.file ?? "sallyport/main", line: place?.line ?? 1, message };
  });
  return new BundleFailure("self-test", locations.map(asLine).join("\n"), locations);
}

interface TestOptions extends ConfigOptions {
  readonly run?: string;
}

/** `sallyport policy test`: the Rego tests of the folder, and the golden cases that the gateway checks before it activates a policy. */
export const test: Verb = {
  usage: "test [source...]",
  summary: "run the policy's own tests",
  examples: ["policy test", "policy test library policy --run refund --json"],
  options: [configOption, new Option("--run <pattern>", "only tests whose name matches")],
  async run({ printer, clock }, { config, json, run }: TestOptions, _first, named = []) {
    const { tests, fuel } = await withPolicy(
      policyList(named, config),
      { tests: true },
      async ({ sources, folder }) => ({
        tests: await regoTests(folder, run),
        fuel: run === undefined ? goldenResults(await loadPolicy(sources, config, clock)) : [],
      }),
    );
    const failed = tests.filter((one) => one.fail === true || one.error !== undefined);
    const passed = tests.length - failed.length - tests.filter((one) => one.skip === true).length;
    const lines = failed.map((one) => `${one.location.file}:${one.location.row} ${one.package}.${one.name} failed`);
    const costs = fuel.map((one) => `${String(one.fuel ?? "–").padStart(9)} fuel  ${one.name}`);
    const wrong = fuel.flatMap((one) => (one.wrong === null ? [] : [`${one.file}:1 ${one.name}: ${one.wrong}`]));
    const lost = failed.length + wrong.length;
    const text = [...costs, ...lines, ...wrong, `${passed} passed, ${lost} failed`].join("\n");
    const ok = lost === 0 && tests.length + fuel.length > 0;
    printer.result(json, { ok, passed, failed: lost, fuel, tests }, escapeControls(text, true));
    if (!ok) throw new CliFailure(exits.tests, "tests_failed", tests.length === 0 ? "There is no such test." : "");
  },
};

/** One test in the JSON of `opa test`. */
interface RegoTest {
  readonly package: string;
  readonly name: string;
  readonly location: { readonly file: string; readonly row: number };
  readonly fail?: boolean;
  readonly error?: unknown;
  readonly skip?: boolean;
}

/** @throws BundleFailure when OPA finished no test, as for Rego that does not compile */
async function regoTests(folder: string, pattern: string | undefined): Promise<RegoTest[]> {
  const run = pattern === undefined ? [] : ["--run", pattern];
  const { stdout, stderr } = await runOpa(
    ["test", "--bundle", "--format", "json", ...policyLimits(folder), ...run, "."],
    folder,
  );
  try {
    const value: unknown = JSON.parse(stdout);
    if (Array.isArray(value)) return value as RegoTest[];
  } catch {
    // No JSON: OPA has printed errors.
  }
  throw parseOpaErrors(stderr || stdout, "compile");
}

interface GoldenResult {
  readonly name: string;
  readonly file: string;
  /** Null when the case could not be evaluated. */
  readonly fuel: number | null;
  /** How the answer differs from the wanted one, for which the gateway does not activate this policy; else null. */
  readonly wrong: string | null;
}

/** The answers of the gateway's engine to the golden cases. Fuel is the same number on every machine. */
function goldenResults({ policy, sources }: LoadedPolicy): GoldenResult[] {
  return goldenCases(sources).flatMap(({ name, file, entrypoint, input, want }): GoldenResult[] => {
    if (file === null) return [];
    try {
      const { fuel, results } = policy.evaluate(entrypoint, input);
      const [answer] = results as readonly { readonly result: JsonValue }[];
      return [{ name, file, fuel, wrong: difference(want, answer?.result) }];
    } catch (error) {
      if (error instanceof PolicyFault) return [{ name, file, fuel: null, wrong: error.message }];
      throw error;
    }
  });
}
