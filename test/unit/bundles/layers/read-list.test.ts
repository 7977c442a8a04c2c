import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { packEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { SourceList } from "../../../../gateway/bundles/layers/read-list.ts";
import { catalog, mainRego, policyFolder, type PolicyFolder } from "../support/policy-folder.ts";

let folder: PolicyFolder;
let list: SourceList;
beforeEach(async () => {
  folder = await policyFolder({ "sallyport/main/main.rego": mainRego("ONE"), "data.json": catalog });
  list = new SourceList(new CurrentSources([{ kind: "folder", path: folder.dir }]));
});
afterEach(() => folder.remove());

const dataIn = async (): Promise<string> =>
  String((await list.read()).files.find(({ path }) => path === "data.json")?.bytes);

test("a reading that was begun is given once, and not when something has changed", async () => {
  await list.readAhead();
  await folder.write("data.json", "{}");
  expect([await dataIn(), await dataIn()]).toEqual([catalog, "{}"]);
  await list.readAhead();
  await folder.write("data.json", catalog);
  list.changed();
  expect(await dataIn()).toBe(catalog);
});

test("one that has failed is made again", async () => {
  const aside = `${folder.dir}.aside`;
  await rename(folder.dir, aside);
  await list.readAhead();
  await rename(aside, folder.dir);
  expect(await dataIn()).toBe(catalog);
});

test("one of sources that need no build is made again: the watcher may not have announced the change behind it", async () => {
  await list.readAhead();
  await folder.write("data.json", "{}");
  const known: string[] = [];
  const isKnown = (revision: string): boolean => known.push(revision) > 0;
  const read = await list.read(isKnown);
  expect(known).toHaveLength(1);
  expect(known).not.toContain(read.revision);
});

test("one is made at a time", async () => {
  const first = list.readAhead();
  await folder.write("data.json", "{}");
  list.changed();
  // The first one runs: this one is none, and the next reading sees the change.
  await list.readAhead();
  await first;
  expect(await dataIn()).toBe("{}");
  await list.readAhead();
  await folder.write("data.json", catalog);
  expect(await dataIn()).toBe("{}");
});

test("of archives none is made", async () => {
  const file = join(folder.dir, "policy.tar.gz");
  const entries = { "/data.json": "{}", "/.manifest": '{"revision": "one", "roots": ["site"]}' };
  await packEntries(
    Object.entries(entries).map(([name, text]) => ({ header: { name }, bytes: Buffer.from(text) })),
    file,
  );
  const archives = new SourceList(new CurrentSources([{ kind: "archive", path: file }]));
  expect((await archives.read()).files.map(({ path }) => path)).toEqual([expect.stringContaining("data.json")]);
  await archives.readAhead();
  await rm(file);
  await expect(archives.read()).rejects.toMatchObject({ cause: { code: "ENOENT" } });
});
