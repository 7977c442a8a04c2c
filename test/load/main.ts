/** npm run bench: what a judged call costs, measured against others in the same run. */
import { benchActivation } from "./activation/run.ts";
import { benchCredentials } from "./credentials/run.ts";
import { benchEvidence } from "./evidence/run.ts";
import { benchEvents } from "./events/run.ts";
import { benchFull } from "./full/run.ts";
import { benchHolds } from "./holds/run.ts";
import { benchJson } from "./json/run.ts";
import { benchLimits } from "./limits/run.ts";
import { stopEverything } from "./machine/process.ts";
import { removeTemporaryFolders } from "./machine/temporary.ts";
import { type Bench, type BenchOptions, readOptions, usage } from "./options.ts";
import { benchPolicy } from "./policy/run.ts";
import { benchProxies } from "./proxies/run.ts";
import { benchReplay } from "./replay/run.ts";
import { benchResultReading } from "./results/run.ts";
import { benchStores } from "./stores/run.ts";

/** Each resolves with false when its results cannot be trusted. */
const runs: Readonly<Record<Bench, (options: BenchOptions) => Promise<boolean>>> = {
  proxies: benchProxies,
  policy: benchPolicy,
  json: benchJson,
  results: benchResultReading,
  credentials: benchCredentials,
  limits: benchLimits,
  holds: benchHolds,
  events: benchEvents,
  evidence: benchEvidence,
  activation: benchActivation,
  stores: benchStores,
  replay: benchReplay,
  full: benchFull,
};

let options: BenchOptions;
try {
  options = readOptions(process.argv.slice(2));
} catch (problem) {
  process.stderr.write(`${problem instanceof Error ? problem.message : String(problem)}\n\n${usage}\n`);
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void stopEverything().then(() => {
      removeTemporaryFolders();
      process.exit(1);
    });
  });
}
process.exitCode = (await runs[options.bench](options)) ? 0 : 1;
