/**
 * Projected answer = full answer, over generated inputs: `node test/conformance/projection/main.ts [--inputs N] [--seed N]`.
 * With `--tools N`, also the fuel of a decision among ten tools and among N; OPA takes half a minute to compile 5,000.
 * The last line on stdout is one JSON object; the exit code is 1 when an answer differs.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { InputDocument } from "../../../gateway/domain/policy-input.ts";
import { compare } from "./compare.ts";
import { callTool, policyWithTools } from "./many-tools.ts";
import { adversarialPair, starterPair } from "./pairs.ts";
import { goldenFile } from "../../support/policy-copy.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "100000" },
    seed: { type: "string", default: "20261125" },
    tools: { type: "string" },
  },
});
const pairs = [await starterPair(), await adversarialPair()];
const { inputs, compared, different, answers } = compare(pairs, Number(values.inputs), Number(values.seed));

for (const [question, count] of Object.entries(answers))
  console.log(`${String(count).padStart(5)} different answers  ${question}`);
for (const each of different) console.log(JSON.stringify(each));
const fuel = values.tools === undefined ? {} : await fuelAmong([10, Number(values.tools)]);
const policies = Object.keys(answers).length;
console.log(JSON.stringify({ inputs, policies, compared, different: different.length, ...fuel }));
process.exitCode = different.length === 0 ? 0 : 1;

/** By the number of tools, what a call of the last of them takes. */
async function fuelAmong(counts: readonly number[]): Promise<{ readonly fuel: Readonly<Record<string, number>> }> {
  const golden = goldenFile("allows-a-low-read");
  const { input } = JSON.parse(readFileSync(golden, "utf8")) as { readonly input: InputDocument };
  const fuel: Record<string, number> = {};
  for (const count of counts) fuel[count] = callTool(await policyWithTools(count), input, count - 1, 0).fuel;
  return { fuel };
}
