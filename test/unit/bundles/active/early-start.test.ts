import { EarlyStart } from "../../../../gateway/bundles/active/early-start.ts";
import { builtOfSources, policyOfBuilt } from "../../../../gateway/bundles/active/from-sources.ts";
import { type ArchiveContent, readUnchecked } from "../../../../gateway/bundles/archive/archive.ts";
import type { BundlesOptions } from "../../../../gateway/bundles/bundles-options.ts";
import { noCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { type Reading, readSources } from "../../../../gateway/bundles/sources.ts";
import { checkAnswer } from "../../../../gateway/decide/decide.ts";
import { Later } from "../../../../gateway/lib/later.ts";
import { quiet } from "../../../support/quiet.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { cacheInMemory, catalog, engine, mainRego, policyFolder, type PolicyFolder } from "../support/policy-folder.ts";

let folder: PolicyFolder;
/** The data that the engine was asked to load. */
let loads: Buffer[];
let options: BundlesOptions;

beforeAll(async () => {
  folder = await policyFolder({ "sallyport/main/main.rego": mainRego("ONE"), "data.json": catalog });
  options = {
    outDir: folder.outDir,
    sources: new CurrentSources([]),
    opa,
    checkAnswer,
    cache: cacheInMemory(),
    logger: quiet,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    engine: {
      ...engine,
      load(wasm, data, ...rest) {
        loads.push(Buffer.from(data));
        return engine.load(wasm, data, ...rest);
      },
    },
  };
});
beforeEach(() => void (loads = []));
afterAll(() => folder.remove());

/** The folder as a policy that is ready to judge. `between`: when its archive is made, and before it is read. */
async function build(between: (archive: string) => void | Promise<void> = () => undefined) {
  const later = new Later();
  const early = new EarlyStart(options.engine, options.cache ?? noCache);
  const built = await builtOfSources(await readSources(folder.dir), early, later, options);
  await between(built.compiled.archive);
  const { policy } = await policyOfBuilt(built, later, options);
  await later.run((error) => {
    throw error;
  });
  return { policy, archive: built.compiled.archive };
}

const sensitive = (sensitivity: string): string => catalog.replace('"low"', JSON.stringify(sensitivity));

test("after an edit of data they are loaded once, before there is an archive", async () => {
  await build();
  expect(loads).toHaveLength(1);
  loads = [];
  await folder.write("data.json", sensitive("high"));
  let before: number | null = null;
  const { policy } = await build(() => void (before = loads.length));
  expect([before, loads.length]).toEqual([1, 1]);
  expect(policy.catalog("payments", "get_order").sensitivity).toBe("high");
});

test("a load counts for the content that it was begun for, and no other", async () => {
  const { archive: file } = await build();
  const { wasm, dataBytes, projections } = await readUnchecked(file);
  const early = new EarlyStart(options.engine, noCache);
  const of: ArchiveContent = { wasm, dataBytes, projections };
  expect(early.loadOf(of)).toBeNull();
  early.begin(of);
  const begun = early.loadOf({ wasm: Buffer.from(wasm), dataBytes: Buffer.from(dataBytes), projections });
  expect((await begun?.loaded)?.policy.entrypoints).toContain("sallyport/main/decision");
  expect(await begun?.checked).toEqual({ warnings: [] });
  const other = Buffer.from(dataBytes.toString("utf8").replace("high", "low"));
  expect(early.loadOf({ ...of, dataBytes: other })).toBeNull();
  expect(early.loadOf({ ...of, projections: {} })).toBeNull();
  expect(early.loadOf({ ...of, wasm: Buffer.concat([wasm, Buffer.from([0])]) })).toBeNull();
});

test("the bytes stay the caller's, and of many of them nothing is begun", async () => {
  const { archive: file } = await build();
  const { wasm, projections } = await readUnchecked(file);
  const early = new EarlyStart(options.engine, noCache);
  loads = [];
  const many = { wasm, dataBytes: Buffer.from(JSON.stringify({ many: "x".repeat(1024 * 1024) })), projections };
  early.begin(many);
  expect([loads, early.loadOf(many)]).toEqual([[], null]);
  const some = { ...many, dataBytes: Buffer.from(JSON.stringify({ some: "x".repeat(900 * 1024) })) };
  early.begin(some);
  await early.loadOf(some)?.checked;
  await early.loadOf(some)?.loaded;
  expect(some.dataBytes.length).toBeGreaterThan(900 * 1024);
});

test("what fails early is told where the archive is asked for, and nowhere else", async () => {
  const { archive: file } = await build();
  const { dataBytes, projections } = await readUnchecked(file);
  const early = new EarlyStart(options.engine, noCache);
  const broken = { wasm: Buffer.from("no module"), dataBytes, projections };
  early.begin(broken);
  await expect(early.loadOf(broken)?.checked).resolves.toBeDefined();
  await expect(early.loadOf(broken)?.loaded).rejects.toMatchObject({ stage: "activate" });
});

describe("edited data that are read again", () => {
  const begun = async (change: (active: Map<string, string>) => void, changed: Partial<Reading> = {}) => {
    const reading = { ...(await readSources(folder.dir)), ...changed };
    const active = new Map(reading.digests);
    change(active);
    const early = new EarlyStart(options.engine, noCache);
    early.readData(reading, active, opa);
    const found = early.dataOf(reading.revision);
    await early.ended();
    return { found, other: early.dataOf("another revision") };
  };
  const otherData = (active: Map<string, string>) => void active.set("data.json", "other");

  test("are read by OPA, and checked, for sources with that revision", async () => {
    const { found, other } = await begun(otherData);
    expect(JSON.parse(String(await found?.made))).toEqual(JSON.parse(sensitive("high")));
    expect((await found?.checked)?.warnings).toEqual([]);
    expect(other).toBeNull();
  });

  test.each<[string, Record<string, string>]>([
    ["nothing differs", {}],
    ["a rule differs as well", { "data.json": "other", "sallyport/main/main.rego": "other" }],
    ["a rule is gone", { "data.json": "other", "sallyport/rules/gone.rego": "other" }],
  ])("are left when %s", async (_what, before) => {
    const change = (active: Map<string, string>): void => {
      for (const [path, digest] of Object.entries(before)) active.set(path, digest);
    };
    expect((await begun(change)).found).toBeNull();
  });

  test("are left where there are many, and where they are of several sources", async () => {
    const { files } = await readSources(folder.dir);
    const many = files.map((file) =>
      file.path === "data.json" ? { ...file, bytes: Buffer.alloc(1024 * 1024 + 1) } : file,
    );
    expect((await begun(otherData, { files: many })).found).toBeNull();
    const from = { source: "site", below: "data.json", defaults: false, roots: null, regoVersion: 1 } as const;
    expect((await begun(otherData, { files: files.map((file) => ({ ...file, from })) })).found).toBeNull();
  });
});
