import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { registry } from "../../../gateway/decide/builtins/registry.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import { pinnedCases, readCases } from "./cases.ts";
import { readExceptions } from "./exceptions.ts";
import { reportDifferential } from "../differential/report.ts";
import { sleep } from "./sleep.ts";
import { disagreement, unwanted } from "./judge.ts";
import { runCase } from "./run-case.ts";
import { staleExceptions, table, tally, type Verdict } from "./tally.ts";

/**
 * OPA's own evaluation cases in the gateway's engine, metered: `npm run conformance [-- --cases DIR] [--quiet]`.
 * With `--differential [--each N] [--seed N] [--only NAME,NAME]` instead: every builtin with generated arguments.
 * The last line on standard output is the tally; exit 1 for an unexplained case, a disagreement or a stale exception.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string" },
      quiet: { type: "boolean", default: false },
      differential: { type: "boolean", default: false },
      each: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      only: { type: "string", default: "" },
    },
  });
  if (values.differential) return reportDifferential(Number(values.each), Number(values.seed), values.only);
  const exceptions = values.cases === undefined ? readExceptions() : new Map<string, string>();
  const directory = values.cases === undefined ? await pinnedCases() : resolve(values.cases);
  const engine = createPolicyEngine({ registry: new Map([...registry, ["test.sleep", sleep]]) });
  const verdicts: Verdict[] = [];
  for await (const test of readCases(directory)) {
    const observed = await runCase(engine, test);
    verdicts.push({
      note: test.note,
      group: test.group,
      unwanted: unwanted(test, observed),
      disagreement: disagreement(test, observed),
    });
  }
  if (!values.quiet) report(verdicts, exceptions);
  const stale = staleExceptions(verdicts, exceptions);
  for (const note of stale) process.stdout.write(`stale exception, the case passes: ${note}\n`);
  const counts = tally(verdicts, exceptions);
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  return counts.cases > 0 && counts.unexplained === 0 && counts.disagreements === 0 && stale.length === 0 ? 0 : 1;
}

function report(verdicts: readonly Verdict[], exceptions: ReadonlyMap<string, string>): void {
  process.stdout.write(`${table(verdicts, exceptions)}\n`);
  for (const { note, unwanted: why, disagreement: differs } of verdicts) {
    if (exceptions.has(note)) continue;
    if (why !== null) process.stdout.write(`not as wanted: ${note}: ${why.slice(0, 500)}\n`);
    else if (differs !== null) process.stdout.write(`disagrees: ${note}: ${differs.slice(0, 500)}\n`);
  }
}

process.exitCode = await main();
