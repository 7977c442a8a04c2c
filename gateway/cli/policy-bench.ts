import type { Command } from "commander";
import { goldenCases } from "../bundles/golden-cases.ts";
import { type AskedInput, readInputFile } from "./asked-input.ts";
import type { Cli } from "./cli.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { type LoadedFolder, loadPolicy } from "./load-policy.ts";
import { type Measured, measureInput } from "./measure-inputs.ts";
import { policyFolder } from "./policy-folder.ts";
import { table } from "./printer.ts";
import { latestInputs } from "./recorded-inputs.ts";
import { collect, configOption, verb, wholeNumber } from "./verb.ts";

interface BenchOptions {
  readonly config: string;
  readonly json: boolean;
  readonly input: string[];
  readonly last?: number;
  readonly rounds: number;
}

/** `sallyport policy bench`: time and fuel of one evaluation, for each input. */
export function addPolicyBench(noun: Command, cli: Cli): void {
  const examples = [
    "policy bench",
    "policy bench --last 20 --json",
    "policy bench rego --input rego/golden/holds-a-refund.json --rounds 20000",
  ];
  configOption(verb(noun, "bench [folder]", "what one evaluation costs, in µs and fuel", examples))
    .option("--input <file>", "an input document or golden case (repeatable)", collect, [])
    .option("--last <n>", "the inputs of the latest recorded decisions", wholeNumber)
    .option("--rounds <n>", "evaluations of each input", wholeNumber, 2_000)
    .action(async function bench(given: string | undefined, options: BenchOptions) {
      const loaded = await loadPolicy(policyFolder(given, options.config), options.config, cli.clock);
      const inputs = await inputsOf(options, loaded);
      const measured = inputs.map((asked) => measureInput(loaded.policy, asked, options.rounds));
      const ok = measured.every(({ fault }) => fault === null);
      const { revision } = loaded.policy;
      cli.printer.result(
        options.json,
        { ok, revision, rounds: options.rounds, inputs: measured },
        benchTable(measured),
      );
      if (!ok) throw new CliFailure(exits.negative, "not_evaluated", "");
    });
}

/** The golden cases, unless somebody says otherwise. */
async function inputsOf({ input, last, config }: BenchOptions, { sources }: LoadedFolder): Promise<AskedInput[]> {
  const recorded = last === undefined ? [] : await latestInputs(config, last);
  if (last !== undefined && recorded.length === 0)
    throw new CliFailure(exits.negative, "nothing_judged", "The decision log has no decision with an input yet.");
  const asked = [...input.map(readInputFile), ...recorded];
  return asked.length > 0 ? asked : goldenCases(sources).map((golden) => ({ ...golden, record: null }));
}

export function benchTable(measured: readonly Measured[]): string {
  const cells = measured.map(({ name, bytes, fuel, fault, us }) => [
    ...[String(bytes), fuel === null ? null : String(fuel)],
    ...(us === null ? [null, null, null, null] : [us.p50, us.p90, us.p99, us.max].map(String)),
    fault === null ? name : `${name}: ${fault}`,
  ]);
  return table(["BYTES", "FUEL", "P50 µs", "P90 µs", "P99 µs", "MAX µs", "INPUT"], cells);
}
