import { join } from "node:path";
import { readArchive } from "../../../gateway/bundles/archive.ts";
import type { JsonObject } from "../../../gateway/domain/json.ts";
import { engine, mainRego, type PolicyFolder, policyFolder } from "./support/policy-folder.ts";

const ATTEMPTS = 3;
let folder: PolicyFolder;
afterEach(() => folder.remove());

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

test("activates 5 MB of data in turns that are short beside what loading it takes on one thread", async () => {
  const data = JSON.stringify(largeCatalog());
  folder = await policyFolder({ "sallyport/main/main.rego": mainRego("ONE"), "data.json": data });
  const bundles = folder.bundles({ watch: false });
  const turns = [(await longestTurn(() => bundles.start()))[1]];
  const policy = bundles.active();
  expect(policy?.catalog("payments", "tool_44999")).toMatchObject({ known: true, owner: "payments-team" });

  const { wasm } = await readArchive(join(folder.outDir, `${policy?.revision}.tar.gz`));
  const [, loading] = await longestTurn(() => engine.prepare(wasm, JSON.parse(data) as JsonObject));
  // A collection of garbage, the test's among it, can fall into any one turn.
  while (Math.min(...turns) >= loading / 3 && turns.length < ATTEMPTS)
    turns.push((await longestTurn(() => folder.bundles({ watch: false }).start()))[1]);
  console.log(`longest turns: ${turns.map(Math.round).join(", ")} ms; loading: ${Math.round(loading)} ms`);
  expect(Math.min(...turns) / loading).toBeLessThan(1 / 3);
}, 180_000);
