import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileCases, readCases } from "./cases.ts";
import type { Check } from "./check.ts";
import { checkEvaluations, checkThrows, type Endurance } from "./check-endurance.ts";
import { checkPolicies } from "./check-policies.ts";
import { checkTraffic } from "./check-traffic.ts";
import { missingFor } from "./engine.ts";

const results = fileURLToPath(new URL("../results/", import.meta.url));

const throws: Endurance = { count: 100_000, warmUp: 50_000, mostResidentMb: 10 };
const shortThrows: Endurance = { count: 2_000, warmUp: 2_000, mostResidentMb: 64 };
const evaluations: Endurance = { count: 1_000_000, warmUp: 100_000, mostResidentMb: 10 };
const shortEvaluations: Endurance = { count: 30_000, warmUp: 20_000, mostResidentMb: 10 };

/**
 * Policies and inputs that want more than they may have: `npm run verify:policy [-- --quick]`. Progress on standard
 * error; the last line on standard output is one JSON object, also kept in `test/conformance/results/`.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const all = await readCases();
  const cases = all.filter((test) => missingFor(test).length === 0);
  for (const test of all) for (const name of missingFor(test)) say(`not asked, the host has no ${name}: ${test.name}`);
  const compiled = await compileCases(cases);
  const { quick } = values;
  const checks: Check[] = [
    {
      name: "adversarial policies have the builtins they are about",
      count: all.length,
      failures: all.length - cases.length,
    },
    await checkPolicies(compiled, cases, quick ? 1 : 5, say),
    await checkTraffic(compiled, cases, quick ? 4 : 20, say),
    await checkThrows(cases, quick ? shortThrows : throws, say),
    await checkEvaluations(quick ? shortEvaluations : evaluations, say),
  ];
  const result = { ok: checks.every(({ failures }) => failures === 0), checks };
  await mkdir(results, { recursive: true });
  await writeFile(`${results}verify-policy${quick ? "-quick" : ""}.json`, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.ok ? 0 : 1;
}

process.exitCode = await main();
