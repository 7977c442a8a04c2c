/**
 * Measures how long activating 5 MB of data keeps one turn of the event loop. A process of its own: a heap that other tests
 * have filled makes each collection of garbage longer than what is measured. Prints one JSON object.
 */
import { join } from "node:path";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { engine, mainRego, policyFolder } from "./policy-folder.ts";

/** A collection of garbage can fall into any one turn. */
const ATTEMPTS = 5;

/** Processor time of this thread in ms: what else the machine does must not decide the test. */
function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** What `work` gives, and the longest turn of this thread's event loop meanwhile, as processor time. */
async function longestTurn<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  let [going, longest, last] = [true, 0, spent()];
  const turn = (): void => {
    const now = spent();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work();
  // The turn in which the work ended is over, and counted.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  going = false;
  return [result, longest];
}

/** About 5 MB of it. */
function largeCatalog(): JsonObject {
  const facts = { sensitivity: "low", reversible: true, sink: "internal", owner: "payments-team", labels: ["a"] };
  const tools = Array.from({ length: 45_000 }, (_, index) => [`tool_${index}`, facts] as const);
  return { sallyport: { catalog: { payments: Object.fromEntries(tools) } } };
}

const data = JSON.stringify(largeCatalog());
const folder = await policyFolder({ "sallyport/main/main.rego": mainRego("ONE"), "data.json": data });
try {
  const turns: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++)
    turns.push((await longestTurn(() => folder.bundles({ watch: false }).start()))[1]);
  const bundles = folder.bundles({ watch: false });
  await bundles.start();
  const policy = bundles.active();
  const { wasm } = await readArchive(join(folder.outDir, `${policy?.revision}.tar.gz`));
  const [, loading] = await longestTurn(() => engine.prepare(wasm, JSON.parse(data) as JsonObject));
  const facts = policy?.catalog("payments", "tool_44999");
  console.log(JSON.stringify({ shortest: Math.min(...turns), turns, loading, facts }));
} finally {
  await folder.remove();
}
