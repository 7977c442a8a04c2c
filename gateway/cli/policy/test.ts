import { InvalidArgumentError, Option } from "commander";
import { difference, goldenCases } from "../../bundles/golden-cases.ts";
import { withPrinted } from "../../bundles/active/policy-prints.ts";
import { type Coverage, coverageLines } from "../../bundles/require/coverage.ts";
import { hasFailed, regoCoverage, type RegoTest, regoTests, type TestRun } from "../../bundles/require/rego-tests.ts";
import { isTestedFile } from "../../bundles/require/test-folder.ts";
import type { PolicySource } from "../../bundles/layers/policy-source.ts";
import { type Clock, PolicyFault } from "../../domain/ports.ts";
import type { JsonValue } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { assertWritable, writeOutput } from "../common/output-file.ts";
import { asCliFailure, configOption, type ConfigOptions, type Verb, CliFailure, exits } from "../common/verb.ts";
import { type JunitCase, junitText } from "./junit.ts";
import { type LoadedPolicy, loadPolicy, policyList, withPolicy } from "./load-policy.ts";
import { configuredOpa } from "./opa.ts";

interface TestOptions extends ConfigOptions {
  readonly run?: string;
  readonly coverage?: number;
  readonly junit?: string;
}

/** `sallyport policy test`: the Rego tests of the folder, and the golden cases that the gateway checks before it activates a policy. */
export const test: Verb = {
  usage: "test [source...]",
  summary: "run the policy's own tests",
  examples: [
    "policy test",
    "policy test library policy --run refund --json",
    "policy test library policy --coverage 95 --junit policy-tests.xml",
  ],
  options: [
    configOption,
    new Option("--run <pattern>", "only tests whose name matches"),
    new Option("--coverage <percent>", "measure how much of the rules the tests reach; below it, exit 4").argParser(
      percent,
    ),
    new Option("--junit <file>", "write the results there too, as JUnit XML"),
  ],
  async run({ printer, clock }, options: TestOptions, _first, named = []) {
    const { config, json, coverage, junit } = options;
    assertWritable(junit);
    const { tests, golden, covered } = await results(options, policyList(named, config), clock).catch(
      (failure: unknown) => {
        // Whoever reads the file would take that of an earlier run for this one's.
        if (junit !== undefined) writeOutput(junit, junitText([notRun(failure)]));
        throw failure;
      },
    );
    const failed = tests.filter(hasFailed);
    const wrong = golden.filter((one) => one.wrong !== null);
    const lost = failed.length + wrong.length;
    const passed = tests.length + golden.length - lost - tests.filter((one) => one.skip === true).length;
    const isLow = covered !== null && covered.percent < (coverage ?? 0);
    const lines = [
      ...golden.map((one) => `${String(one.fuel ?? "–").padStart(9)} fuel  ${one.name}`),
      ...failed.flatMap((one) => [`${placeOf(one)} ${one.package}.${one.name} failed`, ...printedBy(one)]),
      ...wrong.map((one) => `${one.file}:1 ${one.name}: ${one.wrong}`),
      ...(covered === null ? [] : coverageLines(covered)),
      `${passed} passed, ${lost} failed`,
    ];
    if (junit !== undefined) writeOutput(junit, junitText([...tests.map(regoCase), ...golden.map(goldenCase)]));
    const isNone = tests.length + golden.length === 0;
    const ok = lost === 0 && !isNone && !isLow;
    const more = covered === null ? {} : { coverage: covered };
    printer.result(
      json,
      { ok, passed, failed: lost, fuel: golden, tests, ...more },
      escapeControls(lines.join("\n"), true),
    );
    if (!ok) throw new CliFailure(exits.tests, "tests_failed", isNone ? noTests(options) : "");
  },
};

function noTests({ run }: TestOptions): string {
  return run === undefined
    ? "The sources have neither tests (_test.rego) nor golden cases (golden/)."
    : `No test is named ${run}.`;
}

interface Results {
  readonly tests: readonly RegoTest[];
  readonly golden: readonly GoldenResult[];
  /** Null where it is not measured. */
  readonly covered: Coverage | null;
}

/** @throws BundleFailure for a policy or a test that does not compile */
function results(
  { config, run, coverage }: TestOptions,
  list: readonly PolicySource[],
  clock: Clock,
): Promise<Results> {
  return withPolicy(list, { tests: true }, async ({ sources, folder }) => {
    const asked: TestRun = { opa: configuredOpa(config), folder, pattern: run, stage: "compile" };
    const tests = await regoTests(asked);
    // OPA measures nothing when one fails.
    const isMeasured = coverage !== undefined && !tests.some(hasFailed);
    return {
      tests,
      golden: run === undefined ? goldenResults(await loadPolicy(sources, config, clock)) : [],
      covered: isMeasured ? await regoCoverage(asked, isTestedFile(list)) : null,
    };
  });
}

function notRun(failure: unknown): JunitCase {
  const message = asCliFailure(failure)?.message ?? "";
  return { suite: "policy", name: "the tests can be run", seconds: 0, failure: message, skipped: false };
}

function percent(value: string): number {
  const number = Number(value);
  if (!/^[0-9]{1,3}(\.[0-9]+)?$/.test(value) || number > 100) throw new InvalidArgumentError("Expected 0 to 100.");
  return number;
}

function placeOf({ location }: RegoTest): string {
  return `${location.file}:${location.row}`;
}

/** What a test printed, as OPA shows it below one that failed. */
function printedBy({ output = "" }: RegoTest): string[] {
  const text = Buffer.from(output, "base64").toString("utf8").replace(/\n$/, "");
  return text === "" ? [] : text.split("\n").map((line) => `  ${line}`);
}

function regoCase(one: RegoTest): JunitCase {
  const failure = hasFailed(one) ? [`${placeOf(one)} failed`, ...printedBy(one)].join("\n") : null;
  return {
    suite: one.package,
    name: one.name,
    seconds: (one.duration ?? 0) / 1e9,
    failure,
    skipped: one.skip === true,
  };
}

function goldenCase({ name, wrong }: GoldenResult): JunitCase {
  return { suite: "golden", name, seconds: 0, failure: wrong, skipped: false };
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
      const { fuel, results, printed = null } = policy.evaluate(entrypoint, input);
      const [answer] = results as readonly { readonly result: JsonValue }[];
      return [{ name, file, fuel, wrong: withPrinted(difference(want, answer?.result), printed) }];
    } catch (error) {
      if (error instanceof PolicyFault)
        return [{ name, file, fuel: null, wrong: withPrinted(error.message, error.printed) ?? "" }];
      throw error;
    }
  });
}
