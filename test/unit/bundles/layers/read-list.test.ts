import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

test("of archives none is begun", async () => {
  const file = join(folder.dir, "policy.tar.gz");
  await writeFile(file, "no archive");
  const archives = new SourceList(new CurrentSources([{ kind: "archive", path: file }]));
  await archives.readAhead();
  await rm(file);
  await expect(archives.read()).rejects.toMatchObject({ cause: { code: "ENOENT" } });
});
