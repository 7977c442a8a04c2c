/**
 * A bundle whose `.signatures.json` held an empty block counted as signed (OPA before 1.21.3), so that whoever could put a
 * file into its place could put a policy into force. Here: no signature makes anything trusted. A policy folder is compiled
 * anew each time; archives, modules and signatures that lie in it, or where its own bundles go, are nobody's policy. An
 * archive is taken only where the operator's own configuration names that file.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readArchive } from "../../../gateway/bundles/archive.ts";
import { compileSources } from "../../../gateway/bundles/compile.ts";
import { isSource, readSources } from "../../../gateway/bundles/sources.ts";
import { opa } from "../../unit/decide/support/compile-rego.ts";
import { catalog, mainRego, type PolicyFolder, policyFolder } from "../../unit/bundles/support/policy-folder.ts";

const MAIN = "sallyport/main/main.rego";
let honest: PolicyFolder;
let forged: PolicyFolder;

beforeEach(async () => {
  honest = await policyFolder({ [MAIN]: mainRego("HONEST"), "data.json": catalog });
  forged = await policyFolder({ [MAIN]: mainRego("FORGED"), "data.json": catalog });
});
afterEach(() => Promise.all([honest.remove(), forged.remove()]));

test.each([".signatures.json", "bundle.tar.gz", "policy.wasm", ".manifest", "sallyport/main/policy.wasm"])(
  "takes nothing from %s in the policy folder",
  async (name) => {
    const { revision } = await readSources(honest.dir);
    await honest.write(name, '{"signatures":[]}');
    expect(isSource(name)).toBe(false);
    expect((await readSources(honest.dir)).revision).toBe(revision);
  },
);

test("compiles its sources although a bundle of their revision lies there already", async () => {
  const sources = await readSources(honest.dir);
  const planted = join(honest.outDir, `${sources.revision}.tar.gz`);
  const { archive } = await compileSources(opa, await readSources(forged.dir), forged.outDir);
  await mkdir(honest.outDir, { recursive: true });
  await writeFile(planted, await readFile(archive));
  const before = await readArchive(planted);
  const bundles = honest.bundles({ watch: false });
  await bundles.start();
  expect(bundles.active()?.rules[0]?.code).toBe("HONEST");
  expect(bundles.status().active?.digest).not.toBe(before.digest);
});
