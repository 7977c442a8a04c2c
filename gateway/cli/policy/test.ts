import { writeFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { parseOpaErrors } from "../../bundles/build/opa.ts";
import { difference, goldenCases } from "../../bundles/golden-cases.ts";
import { withPrinted } from "../../bundles/active/policy-prints.ts";
import { PolicyFault } from "../../domain/ports.ts";
import type { JsonValue } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { configOption, type ConfigOptions, type Verb, CliFailure, exits } from "../common/verb.ts";
import { type JunitCase, junitText } from "./junit.ts";
import { type LoadedPolicy, loadPolicy, policyList, withPolicy } from "./load-policy.ts";
import { policyLimits, runOpa } from "./opa.ts";

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
  async run({ printer, clock }, { config, json, run, coverage, junit }: TestOptions, _first, named = []) {
    const { tests, golden, covered } = await withPolicy(
      policyList(named, config),
      { tests: true },
      async ({ sources, folder }) => ({
        tests: await regoTests(folder, run),
        golden: run === undefined ? goldenResults(await loadPolicy(sources, config, clock)) : [],
        covered: coverage === undefined ? null : await coverageOf(folder, run),
      }),
    );
    const failed = tests.filter(hasFailed);
    const passed = tests.length - failed.length - tests.filter((one) => one.skip === true).length;
    const wrong = golden.filter((one) => one.wrong !== null);
    const lost = failed.length + wrong.length;
    const isLow = covered !== null && covered.percent < (coverage ?? 0);
    const lines = [
      ...golden.map((one) => `${String(one.fuel ?? "–").padStart(9)} fuel  ${one.name}`),
      ...failed.flatMap((one) => [`${placeOf(one)} ${one.package}.${one.name} failed`, ...printedBy(one)]),
      ...wrong.map((one) => `${one.file}:1 ${one.name}: ${one.wrong}`),
      ...(covered === null ? [] : coverageLines(covered)),
      `${passed} passed, ${lost} failed`,
    ];
    if (junit !== undefined) writeFileSync(junit, junitText([...tests.map(regoCase), ...golden.map(goldenCase)]));
    const ok = lost === 0 && tests.length + golden.length > 0 && !isLow;
    const more = covered === null ? {} : { coverage: covered };
    printer.result(
      json,
      { ok, passed, failed: lost, fuel: golden, tests, ...more },
      escapeControls(lines.join("\n"), true),
    );
    if (!ok) throw new CliFailure(exits.tests, "tests_failed", tests.length === 0 ? "There is no such test." : "");
  },
};

function percent(value: string): number {
  const number = Number(value);
  if (!/^[0-9]{1,3}(\.[0-9]+)?$/.test(value) || number > 100) throw new InvalidArgumentError("Expected 0 to 100.");
  return number;
}

/** One test in the JSON of `opa test`. */
interface RegoTest {
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

function placeOf({ location }: RegoTest): string {
  return `${location.file}:${location.row}`;
}

/** What a test printed, as OPA shows it below one that failed. */
function printedBy({ output = "" }: RegoTest): string[] {
  const text = Buffer.from(output, "base64").toString("utf8").replace(/\n$/, "");
  return text === "" ? [] : text.split("\n").map((line) => `  ${line}`);
}

function hasFailed({ fail, error }: RegoTest): boolean {
  return fail === true || error !== undefined;
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

/** How much of the rules the tests reach. */
interface Coverage {
  readonly percent: number;
  /** Files with lines that no test reaches, the most first. */
  readonly files: readonly { readonly file: string; readonly percent: number; readonly lines: readonly number[] }[];
}

/** A report of `opa test --coverage --format json`. */
interface OpaCoverage {
  readonly coverage?: number;
  readonly files?: Readonly<
    Record<
      string,
      { readonly coverage?: number; readonly not_covered?: readonly { readonly start: { readonly row: number } }[] }
    >
  >;
}

async function coverageOf(folder: string, pattern: string | undefined): Promise<Coverage> {
  const run = pattern === undefined ? [] : ["--run", pattern];
  const args = ["test", "--bundle", "--coverage", "--format", "json", ...policyLimits(folder), ...run, "."];
  const { stdout, stderr } = await runOpa(args, folder);
  let report: OpaCoverage;
  try {
    report = JSON.parse(stdout) as OpaCoverage;
  } catch {
    throw parseOpaErrors(stderr || stdout, "compile");
  }
  const files = Object.entries(report.files ?? {}).flatMap(([file, { coverage = 0, not_covered = [] }]) => {
    const lines = [...new Set(not_covered.map(({ start }) => start.row))];
    return lines.length === 0 ? [] : [{ file, percent: coverage, lines }];
  });
  return { percent: report.coverage ?? 0, files: files.toSorted((a, b) => b.lines.length - a.lines.length) };
}

/** Files that are named, and lines of each. */
const mostNamed = 8;

function coverageLines({ percent: reached, files }: Coverage): string[] {
  const named = files.slice(0, mostNamed).map(({ file, lines }) => {
    const more = lines.length > mostNamed ? " …" : "";
    return `  ${file}: no test reaches line ${lines.slice(0, mostNamed).join(", ")}${more}`;
  });
  const others = files.length > mostNamed ? [`  and ${files.length - mostNamed} more files (--json)`] : [];
  return [`coverage ${reached} %`, ...named, ...others];
}
