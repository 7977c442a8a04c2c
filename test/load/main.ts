/** npm run bench: what a judged call costs, measured against others in the same run. */
import { type Bench, type BenchOptions, readOptions, usage } from "./options.ts";
import { benchProxies } from "./proxies/run.ts";

const runs: Readonly<Record<Bench, (options: BenchOptions) => Promise<boolean>>> = {
  proxies: benchProxies,
};

let options: BenchOptions;
try {
  options = readOptions(process.argv.slice(2));
} catch (problem) {
  process.stderr.write(`${problem instanceof Error ? problem.message : String(problem)}\n\n${usage}\n`);
  process.exit(2);
}
process.exitCode = (await runs[options.bench](options)) ? 0 : 1;
