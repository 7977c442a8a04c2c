import { join } from "node:path";
import { isNamed, packEntries, unpackEntries } from "../../../gateway/bundles/archive/entries.ts";
import { catalog, mainRego, type PolicyFolder, policyFolder } from "./support/policy-folder.ts";

const MAIN = "sallyport/main/main.rego";
let folder: PolicyFolder;

beforeEach(async () => {
  folder = await policyFolder({ [MAIN]: mainRego("ONE"), "data.json": catalog });
});
afterEach(() => folder.remove());

test("refuses data with mistakes, of which all are told beside those of the rules, and keeps the last good policy", async () => {
  const bundles = folder.bundles();
  await bundles.start();
  const revision = bundles.active()?.revision;
  const broken = folder.next(bundles, ({ failure }) => failure !== null);
  await folder.write(
    "sallyport/catalog/data.yaml",
    "crm:\n  a: { sensitivty: low }\n  b: { reversible: yes }\ncrm: {}\n",
  );
  const duplicate = "sallyport/catalog/data.yaml:4:1: crm is there twice in one mapping";
  expect((await broken).failure).toMatchObject({ stage: "load", message: duplicate });
  const others = folder.next(bundles, ({ failure }) => failure?.message !== duplicate);
  await folder.write("sallyport/catalog/data.yaml", "crm:\n  a: { sensitivty: low }\n  b: { reversible: yes }\n");
  const problems = [
    "sallyport/catalog/data.yaml:2:8: crm.a.sensitivty: unknown field (did you mean sensitivity?)",
    "sallyport/catalog/data.yaml:3:20: crm.b.reversible: expected true or false, got text",
  ];
  expect((await others).failure?.message).toBe(problems.join("\n"));
  const both = folder.next(bundles, ({ failure }) => failure?.locations.length === 3);
  await folder.write(MAIN, `${mainRego("TWO")}\nx {`);
  expect((await both).failure?.message).toContain(problems.join("\n"));
  expect(folder.logged).toEqual(expect.arrayContaining(problems));
  expect(bundles.active()?.revision).toBe(revision);
});

test("refuses an archive whose data has mistakes", async () => {
  const built = folder.bundles({ watch: false });
  await built.start();
  const file = join(folder.outDir, `${built.active()?.revision}.tar.gz`);
  const data = { sallyport: { catalog: { payments: { get_order: { sensitivity: "lowe" } } } } };
  const entries = await unpackEntries(file);
  const changed = entries.map((entry) =>
    isNamed(entry.header, "data.json") ? { ...entry, bytes: Buffer.from(JSON.stringify(data)) } : entry,
  );
  await packEntries(changed, file);
  const bundles = folder.bundles({ sources: [{ kind: "archive", path: file }], watch: false });
  await expect(bundles.start()).rejects.toThrow(
    "sallyport.catalog.payments.get_order.sensitivity: expected one of low, medium, high (did you mean low?)",
  );
});
