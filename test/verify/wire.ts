import { readOptions, runChecks } from "./run-checks.ts";
import { wireChecks } from "./wire-checks.ts";

/** `npm run verify:wire [-- --quick] [--only NAME,NAME] [--seed N]`; the last line on standard output is the verdict. */
const summary = await runChecks("wire", wireChecks, readOptions(process.argv.slice(2)));
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = summary.ok ? 0 : 1;
