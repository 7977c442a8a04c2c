import { accessChecks } from "./access-checks.ts";
import { approvalChecks } from "./approvals-checks.ts";
import { rollingRestart } from "./rolling/rolling-restart.ts";
import { chains } from "./replicas/chains.ts";
import { histories } from "./replicas/histories.ts";
import { limits } from "./replicas/limits.ts";
import { faultsOf } from "./replicas/faults/faults.ts";
import { permittedCalls } from "./replicas/permitted-calls.ts";
import { proofRace } from "./replicas/proof-race.ts";
import { interrupted } from "./replicas/takeover/interrupted.ts";
import { takeover } from "./replicas/takeover/takeover.ts";
import { versions } from "./replicas/versions/versions.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { proveOn } from "./world/shared-store.ts";

/**
 * `npm run verify:replicas [-- --quick] [--only NAME,NAME] [--seed N] [--pgbouncer] [--faults=KIND,KIND]`: what `verify:approvals` and `verify:access` prove of gateways on
 * one SQLite file, of gateways on one PostgreSQL database; of three such gateways, that a proof is accepted once, what one has read
 * counts at the next, what one has answered is in the history at the next, a permission for a hundred calls and a limit of a hundred let a hundred through, and what a killed one was sending to people is taken over,
 * and what it had under way is found out;
 * that they can be restarted, and replaced by those of a newer version of the tables; and that nothing is executed twice or unrecorded
 * while the database fails. With `--pgbouncer` the database is behind one, in transaction mode, and the last two are left out. With
 * `--faults=half-open,cut` the database fails in no other way. The last line on standard output is the verdict.
 */
const args = process.argv.slice(2);
const pooled = "--pgbouncer";
const isPooled = args.includes(pooled);
const chosen = "--faults=";
const kinds =
  args
    .find((arg) => arg.startsWith(chosen))
    ?.slice(chosen.length)
    .split(",") ?? [];
if (isPooled && kinds.length > 0) throw new Error("behind PgBouncer no faults are tried: leave out --faults");
proveOn(isPooled ? "pgbouncer" : "postgres");
/** They look at one process, or at what no store has a part in. */
const local = new Set(["clocks", "quorum", "interleavings", "bound-fields", "key-withdrawn"]);
const both = [...approvalChecks, ...accessChecks].filter(({ name }) => !local.has(name));
const checks = [
  ...both,
  proofRace,
  chains,
  histories,
  permittedCalls,
  limits,
  takeover,
  interrupted,
  rollingRestart,
  ...(isPooled ? [] : [versions, faultsOf(kinds)]),
];
const summary = await runChecks(
  "replicas",
  checks,
  readOptions(args.filter((arg) => arg !== pooled && !arg.startsWith(chosen))),
);
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = summary.ok ? 0 : 1;
