import { evidenceChecks } from "./evidence-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";

/** `npm run verify:evidence [-- --quick] [--only NAME,NAME] [--seed N]`; the last line on standard output is the verdict. */
const summary = await runChecks("evidence", evidenceChecks, readOptions(process.argv.slice(2)));
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = summary.ok ? 0 : 1;
