import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { EarlyStart } from "../../../../gateway/bundles/active/early-start.ts";
import { builtOfSources, earlyStart, policyOfBuilt } from "../../../../gateway/bundles/active/from-sources.ts";
import { checkArchiveData, readUnchecked } from "../../../../gateway/bundles/archive/archive.ts";
import type { BundlesOptions } from "../../../../gateway/bundles/bundles-options.ts";
import type { BundleFailure } from "../../../../gateway/bundles/failure.ts";
import { noCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { type Reading, readSources } from "../../../../gateway/bundles/sources.ts";
import { expectBuild } from "../../../../gateway/bundles/thread/build-thread.ts";
import { checkAnswer } from "../../../../gateway/decide/decide.ts";
import { Later } from "../../../../gateway/lib/later.ts";
import { quiet } from "../../../support/quiet.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { catalog, engine, mainRego, policyFolder, type PolicyFolder } from "../support/policy-folder.ts";

const rows = Object.fromEntries(
  Array.from({ length: 170_000 }, (_, index) => [`name-${index}`, { id: index, note: "x".repeat(70) }]),
);
const large = JSON.stringify({ rows });

let folder: PolicyFolder;
let reading: Reading;
/** Threads that were used by these tests, and still run. Those of other tests may be idle in this process. */
const threads = new Set<Worker>();
const { unref } = Worker.prototype;
Worker.prototype.unref = function (this: Worker): void {
  if (!threads.has(this)) this.once("exit", () => threads.delete(this));
  threads.add(this);
  unref.call(this);
};

/** Threads that were asked to end need a moment. */
async function threadsAtRest(): Promise<number> {
  for (let waited = 0; waited < 100 && threads.size > 0; waited += 1) await delay(20);
  return threads.size;
}

beforeAll(async () => {
  folder = await policyFolder({
    "sallyport/main/main.rego": mainRego("ONE"),
    "data.json": catalog,
    "large/data.json": large,
  });
  reading = await readSources(folder.dir);
});
afterAll(async () => {
  Worker.prototype.unref = unref;
  await folder.remove();
});

function optionsWith(load: BundlesOptions["engine"]["load"], releaseLoad = engine.releaseLoad): BundlesOptions {
  return {
    outDir: folder.outDir,
    sources: new CurrentSources([]),
    opa,
    checkAnswer,
    logger: quiet,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    engine: { ...engine, load, releaseLoad },
  };
}

test("large data are loaded when they are checked, beside no thread of the build", async () => {
  let beside: number | null = null;
  const later = new Later();
  const options = optionsWith(async (...of) => {
    engine.releaseLoad();
    beside = await threadsAtRest();
    return engine.load(...of);
  });
  expectBuild(engine);
  const early = new EarlyStart(options.engine, noCache);
  // Each starts in a turn of its own.
  const used = [threads.size];
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate).then(() => used.push(threads.size));
  const built = await builtOfSources(reading, early, later, options);
  expect(used).toEqual([1, 2, 3, 3]);
  const { policy, archive } = await policyOfBuilt(built, later, options);
  await later.run((error) => {
    throw error;
  });
  expect(beside).toBe(0);
  expect(policy.catalog("payments", "get_order").sensitivity).toBe("low");

  const read = await readUnchecked(archive);
  const before = read.dataBytes;
  const { checked } = await checkArchiveData(read, noCache);
  expect(await checked).toEqual({ warnings: [] });
  // They were moved, and not copied; and who loads them can give them back in part.
  expect([before.length, read.dataBytes.length > large.length]).toEqual([0, true]);
  expect(read.dataBytes.buffer).toMatchObject({ resizable: true });
  expect(read.data["large"]).toEqual({ rows });
});

test("large data are refused as small ones are", async () => {
  const refused = async (note: string): Promise<BundleFailure> => {
    const catalog = { payments: { get_order: { sensitivity: "loud" } } };
    const dataBytes = Buffer.from(new Uint8Array(Buffer.from(JSON.stringify({ sallyport: { catalog }, note }))).buffer);
    const sent = checkArchiveData({ dataBytes }, noCache).then(({ checked }) => checked);
    return sent.then(
      () => Promise.reject(new Error("they were not refused")),
      (error: unknown) => error as BundleFailure,
    );
  };
  const [few, many] = await Promise.all([refused(""), refused("x".repeat(17 * 1024 * 1024))]);
  expect(few.message).toContain("data.json:1:");
  expect([many.message, many.locations]).toEqual([few.message, few.locations]);
});

test("large data are seen when the sources are read: the thread that loads is not needed yet", () => {
  let released = 0;
  const options = optionsWith(engine.load, () => void (released += 1));
  const begin = (of: Reading): number => {
    released = 0;
    earlyStart(of, reading.digests, new Later(), options);
    return released;
  };
  const small = { ...reading, files: reading.files.filter(({ path }) => !path.startsWith("large/")) };
  expect([begin(reading), begin(small)]).toEqual([1, 0]);
});
