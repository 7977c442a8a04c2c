import { Option } from "commander";
import { goldenCases } from "../../bundles/golden-cases.ts";
import { type ActivePolicy, PolicyFault } from "../../domain/ports.ts";
import { table } from "../common/printer.ts";
import {
  collect,
  configOption,
  type ConfigOptions,
  type Verb,
  wholeNumber,
  CliFailure,
  exits,
} from "../common/verb.ts";
import { latestQuestions, type PolicyQuestion, questionFromFile } from "./questions.ts";
import { type LoadedPolicy, loadPolicy, policyList, readPolicy } from "./load-policy.ts";

interface BenchOptions extends ConfigOptions {
  readonly input: string[];
  readonly last?: number;
  readonly rounds: number;
}

/** `sallyport policy bench`: time and fuel of one evaluation, for each input. */
export const bench: Verb = {
  usage: "bench [source...]",
  summary: "what one evaluation costs, in µs and fuel",
  examples: [
    "policy bench",
    "policy bench --last 20 --json",
    "policy bench --input demo/policy/golden/holds-a-refund.json --rounds 20000",
  ],
  options: [
    configOption,
    new Option("--input <file>", "an input document or golden case (repeatable)").default([]).argParser(collect),
    new Option("--last <n>", "the inputs of the latest recorded decisions").argParser(wholeNumber),
    new Option("--rounds <n>", "evaluations of each input").default(2_000).argParser(wholeNumber),
  ],
  async run({ printer, clock }, options: BenchOptions, _first, named = []) {
    const { config, rounds, json } = options;
    const loaded = await loadPolicy(await readPolicy(policyList(named, config)), config, clock);
    const questions = await questionsOf(options, loaded);
    const inputs = questions.map((question) => measure(loaded.policy, question, rounds));
    const ok = inputs.every(({ fault }) => fault === null);
    printer.result(json, { ok, revision: loaded.policy.revision, rounds, inputs }, benchTable(inputs));
    if (!ok) throw new CliFailure(exits.negative, "not_evaluated", "");
  },
};

/** Of the files and the decision log; without either, the golden cases. @throws CliFailure nothing_judged */
async function questionsOf({ input, last, config }: BenchOptions, { sources }: LoadedPolicy) {
  const recorded = last === undefined ? [] : await latestQuestions(config, last);
  if (last !== undefined && recorded.length === 0)
    throw new CliFailure(exits.negative, "nothing_judged", "The decision log has no decision with an input yet.");
  const questions = [...input.map(questionFromFile), ...recorded];
  return questions.length > 0 ? questions : goldenCases(sources);
}

/** What one input costs: microseconds of one evaluation, and fuel in units. */
interface Measurement {
  readonly name: string;
  readonly entrypoint: string;
  readonly bytes: number;
  readonly fuel: number | null;
  /** Why it could not be evaluated; null when it could. */
  readonly fault: string | null;
  readonly us: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number } | null;
}

/** Evaluations that are not measured, while the JavaScript engine still compiles. */
const warmUpRounds = 200;

type Measurable = Pick<PolicyQuestion, "name" | "entrypoint" | "input">;

function measure(policy: ActivePolicy, { name, entrypoint, input }: Measurable, rounds: number): Measurement {
  const about = { name, entrypoint, bytes: Buffer.byteLength(input.text) };
  try {
    let { fuel } = policy.evaluate(entrypoint, input);
    for (let round = 0; round < warmUpRounds; round += 1) ({ fuel } = policy.evaluate(entrypoint, input));
    const times = new Float64Array(rounds);
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      policy.evaluate(entrypoint, input);
      times[round] = (performance.now() - began) * 1_000;
    }
    return { ...about, fuel, fault: null, us: percentiles(times.sort()) };
  } catch (error) {
    if (error instanceof PolicyFault)
      return { ...about, fuel: null, fault: `${error.code}: ${error.message}`, us: null };
    throw error;
  }
}

/** Of times in ascending order; rounded to a tenth of a microsecond. */
function percentiles(times: Float64Array): NonNullable<Measurement["us"]> {
  const at = (share: number): number => {
    const us = times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    return Math.round(us * 10) / 10;
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

function benchTable(measured: readonly Measurement[]): string {
  const cells = measured.map(({ name, bytes, fuel, fault, us }) => [
    String(bytes),
    fuel === null ? null : String(fuel),
    ...(us === null ? [null, null, null, null] : [us.p50, us.p90, us.p99, us.max].map(String)),
    fault === null ? name : `${name}: ${fault}`,
  ]);
  return table(["BYTES", "FUEL", "P50 µs", "P90 µs", "P99 µs", "MAX µs", "INPUT"], cells);
}
