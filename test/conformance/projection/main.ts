/**
 * Projected answer = full answer, over generated inputs: `node test/conformance/projection/main.ts [--inputs N] [--seed N]`.
 * The last line on stdout is one JSON object; the exit code is 1 when an answer differs.
 */
import { parseArgs } from "node:util";
import { compare } from "./compare.ts";
import { adversarialPair, starterPair } from "./pairs.ts";

const { values } = parseArgs({
  options: { inputs: { type: "string", default: "100000" }, seed: { type: "string", default: "20261125" } },
});
const pairs = [await starterPair(), await adversarialPair()];
const { inputs, compared, different, answers } = compare(pairs, Number(values.inputs), Number(values.seed));

for (const [question, count] of Object.entries(answers))
  console.log(`${String(count).padStart(5)} different answers  ${question}`);
for (const each of different) console.log(JSON.stringify(each));
console.log(JSON.stringify({ inputs, policies: Object.keys(answers).length, compared, different: different.length }));
process.exitCode = different.length === 0 ? 0 : 1;
