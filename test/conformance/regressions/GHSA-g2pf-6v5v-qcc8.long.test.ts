/**
 * A bundle whose `.signatures.json` held an empty block counted as signed (OPA before 1.21.3), so that whoever could put a
 * file into its place could put a policy into force without any key. Here: where keys are configured, a bundle that is signed
 * by nobody is refused in whichever way it says so, and what was active stays. A policy folder is compiled anew each time;
 * archives, modules and signatures that lie in it, or where its own bundles go, are nobody's policy.
 */
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readArchive } from "../../../gateway/bundles/archive/archive.ts";
import { compileSources } from "../../../gateway/bundles/build/compile.ts";
import { isSource, readSources } from "../../../gateway/bundles/sources.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { bundleMarks } from "../../../gateway/store/store-marks.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { type Signer, type SigningRoom, signingRoom, trusting } from "../../support/bundles/signed-bundle.ts";
import { eventually } from "../../support/eventually.ts";
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

const emptyBlocks = [
  '{"signatures":[]}',
  "{}",
  '{"signatures":null}',
  '{"plugin":"_default"}',
  '{"signatures":[],"plugin":"_default"}',
  '{"signatures":[""]}',
  '{"signatures":[null]}',
  '{"Signatures":[]}',
  "[]",
  "null",
  "",
];

describe("with keys configured", () => {
  let room: SigningRoom;
  let signer: Signer;
  let file: string;
  beforeAll(async () => {
    room = await signingRoom();
    signer = await room.signer("ES256");
    file = room.path("policy.tar.gz");
  });
  afterAll(() => room.remove());

  const deploy = async (archive: string): Promise<void> => {
    await copyFile(archive, `${file}.new`);
    await rename(`${file}.new`, file);
  };
  const delivery = (watch: boolean) =>
    honest.bundles({
      sources: [{ kind: "archive", path: file }],
      signing: { trust: trusting(signer), marks: bundleMarks(new Connection(openDatabase(":memory:"))) },
      watch,
    });

  test("keeps the signed bundle in force when an attacker's takes its place with an empty block, in every form", async () => {
    await deploy(await room.signed(await room.bundle("HONEST"), signer));
    const bundles = delivery(true);
    await bundles.start();
    const attackers = await room.bundle("FORGED");
    for (const block of emptyBlocks) {
      const before = bundles.status().failure;
      await deploy(await room.change(attackers, { ".signatures.json": block }));
      // Of a refusal with the same words as the last one nobody is told again.
      const failure = await eventually("it is refused", () => {
        const { failure: now } = bundles.status();
        return now === before ? null : now;
      });
      expect(failure).toMatchObject({ stage: "verify" });
      expect(bundles.active()?.rules[0]?.code).toBe("HONEST");
    }
  });

  test.each(emptyBlocks)("does not start on a bundle whose block is %j, and neither does opa", async (block) => {
    const forgery = await room.change(await room.bundle("FORGED"), { ".signatures.json": block });
    await deploy(forgery);
    await expect(delivery(false).start()).rejects.toThrow(/\.signatures\.json|signature/);
    expect(await room.opaRefusal(forgery, signer)).toMatch(/^error: /);
  });
});
