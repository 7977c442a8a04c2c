import type { Command } from "commander";
import { parseOpaErrors } from "../bundles/build/opa.ts";
import type { Cli } from "./cli.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { goldenFuel } from "./golden-fuel.ts";
import { opa, policyLimits } from "./opa.ts";
import { policyFolder } from "./policy-folder.ts";
import { configOption, verb } from "./verb.ts";
import { visible } from "./visible.ts";

interface OpaTest {
  readonly package: string;
  readonly name: string;
  readonly location: { readonly file: string; readonly row: number };
  readonly fail?: boolean;
  readonly error?: unknown;
  readonly skip?: boolean;
}

/** `sallyport policy test`: the Rego tests beside the rules, and the golden cases without which nothing is activated. */
export function addPolicyTest(noun: Command, cli: Cli): void {
  configOption(
    verb(noun, "test [folder]", "run the policy's own tests", ["policy test", "policy test rego --run refund --json"]),
  )
    .option("--run <pattern>", "only tests whose name matches")
    .action(async function test(given: string | undefined, options: { config: string; json: boolean; run?: string }) {
      const folder = policyFolder(given, options.config);
      const run = options.run === undefined ? [] : ["--run", options.run];
      const answer = await opa(["test", "--bundle", "--format", "json", ...policyLimits(folder), ...run, "."], folder);
      const tests = testsOf(answer.stdout);
      // Without one finished test there is no verdict on the rules, only on whether they compile.
      if (tests === null) throw parseOpaErrors(answer.stderr || answer.stdout, "compile");
      const failed = tests.filter((one) => one.fail === true || one.error !== undefined);
      const passed = tests.length - failed.length - tests.filter((one) => one.skip === true).length;
      const lines = failed.map((one) => `${one.location.file}:${one.location.row} ${one.package}.${one.name} failed`);
      const fuel = options.run === undefined ? await goldenFuel(folder, options.config, cli.clock) : [];
      const costs = fuel.map((one) => `${String(one.fuel ?? "–").padStart(9)} fuel  ${one.name}`);
      const wrong = fuel.flatMap((one) => (one.wrong === null ? [] : [`${one.file}:1 ${one.name}: ${one.wrong}`]));
      const lost = failed.length + wrong.length;
      const text = [...costs, ...lines, ...wrong, `${passed} passed, ${lost} failed`].join("\n");
      const ok = lost === 0 && tests.length > 0;
      cli.printer.result(options.json, { ok, passed, failed: lost, fuel, tests }, visible(text, true));
      if (!ok) throw new CliFailure(exits.tests, "tests_failed", tests.length === 0 ? "There is no such test." : "");
    });
}

function testsOf(stdout: string): OpaTest[] | null {
  try {
    const value: unknown = stdout.trim() === "" ? [] : JSON.parse(stdout);
    return Array.isArray(value) && stdout.trim() !== "" ? (value as OpaTest[]) : null;
  } catch {
    return null;
  }
}
