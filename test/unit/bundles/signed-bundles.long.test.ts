import { copyFile, rename, truncate } from "node:fs/promises";
import { decide } from "../../../gateway/decide/decide.ts";
import type { ActivePolicy, BundleMarks, Bundles } from "../../../gateway/domain/ports.ts";
import { bundleMarks } from "../../../gateway/store/store-marks.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import {
  type Claims,
  type Signer,
  type SigningRoom,
  signingRoom,
  trusting,
} from "../../support/bundles/signed-bundle.ts";
import { inputOf } from "../decide/support/compile-rego.ts";
import { type FolderOptions, type PolicyFolder, policyFolder } from "./support/policy-folder.ts";

let room: SigningRoom;
let signer: Signer;
let built: Record<"one" | "two", string>;
beforeAll(async () => {
  room = await signingRoom();
  signer = await room.signer("ES256");
  const [one, two] = await Promise.all([room.bundle("ONE"), room.bundle("TWO")]);
  built = { one, two };
});
afterAll(() => room.remove());

let folder: PolicyFolder;
let file: string;
let marks: BundleMarks;
beforeEach(async () => {
  folder = await policyFolder({});
  file = room.path("policy.tar.gz");
  marks = bundleMarks(new Connection(openDatabase(":memory:")));
});
afterEach(() => folder.remove());

/** Whole or not at all, as a deployment would put it there. */
async function deploy(archive: string): Promise<void> {
  await copyFile(archive, `${file}.new`);
  await rename(`${file}.new`, file);
}

function bundles(options: FolderOptions = {}): Bundles {
  const signing = { trust: trusting(signer), marks };
  return folder.bundles({ sources: [{ kind: "archive", path: file }], signing, watch: false, ...options });
}

async function started(archive: string): Promise<Bundles> {
  await deploy(archive);
  const opened = bundles();
  await opened.start();
  return opened;
}

const codeOf = (policy: ActivePolicy | null): string | undefined =>
  policy === null ? undefined : decide(policy, inputOf({})).reasons[0]?.code;
const at = (seconds: number): Claims => ({ iat: 1_750_000_000 + seconds });

test("activates a bundle that is signed by a configured key, and refuses to start on one that is not", async () => {
  const opened = await started(await room.signed(built.one, signer));
  expect(codeOf(opened.active())).toBe("ONE");
  const unsigned = started(built.one);
  await expect(unsigned).rejects.toThrow("the bundle is not signed: it has no .signatures.json");
});

test("keeps the last good bundle through a tampered one, says why, and takes the next good one", async () => {
  await deploy(await room.signed(built.one, signer));
  const opened = bundles({ watch: true });
  await opened.start();
  const refused = folder.next(opened, ({ failure }) => failure !== null);
  const tampered = await room.change(await room.signed(built.two, signer), { "data.json": '{"a":1}' });
  await deploy(tampered);
  expect(await refused).toMatchObject({
    active: { revision: opened.active()?.revision },
    failure: { stage: "verify", message: "data.json is not what was signed" },
  });
  expect(codeOf(opened.active())).toBe("ONE");
  const mended = folder.next(opened, ({ failure }) => failure === null);
  await deploy(await room.signed(built.two, signer));
  await mended;
  expect(codeOf(opened.active())).toBe("TWO");
});

test("refuses a bundle that was signed before one that has been active, also after a restart", async () => {
  const older = await room.signed(built.one, signer, at(1));
  await started(older);
  await started(await room.signed(built.two, signer, at(2)));
  await expect(started(older)).rejects.toThrow(
    "the bundle was signed at 2025-06-15T15:06:41Z, before one that has been active, of 2025-06-15T15:06:42Z",
  );
  expect(codeOf((await started(await room.signed(built.one, signer, at(3)))).active())).toBe("ONE");
});

test("takes the same bundle again, as after every restart", async () => {
  const archive = await room.signed(built.one, signer, at(1));
  for (let start = 0; start < 3; start += 1) expect(codeOf((await started(archive)).active())).toBe("ONE");
});

test("refuses a signature without a time once one with a time has been active", async () => {
  const timeless = await room.signed(built.one, signer);
  await started(timeless);
  await started(await room.signed(built.two, signer, at(1)));
  await expect(started(timeless)).rejects.toThrow("the signature does not say when it was made (iat)");
});

test("refuses other content under a revision that has been active, with and without a time", async () => {
  const renamed = await room.change(built.one, { "data.json": '{"other":true}' });
  await started(await room.signed(built.one, signer));
  await expect(started(await room.signed(renamed, signer))).rejects.toThrow(/was that of another content before/);
  await expect(started(await room.signed(renamed, signer, at(9)))).rejects.toThrow(
    /was that of another content before/,
  );
});

test("leaves no mark of a bundle that did not become active", async () => {
  const failing = await room.change(built.two, { "policy.wasm": "no module" });
  await started(await room.signed(built.one, signer, at(1)));
  await expect(started(await room.signed(failing, signer, at(9)))).rejects.toThrow();
  expect(await marks.newest()).toBe(1_750_000_001);
  expect(codeOf((await started(await room.signed(built.two, signer, at(2)))).active())).toBe("TWO");
});

test("copies no file that is larger than a bundle could be", async () => {
  await deploy(built.one);
  await truncate(file, 300 * 1024 * 1024);
  await expect(bundles().start()).rejects.toThrow("the bundle archive has more than 268435456 bytes");
});

test("activates nothing when the mark cannot be written", async () => {
  await deploy(await room.signed(built.one, signer));
  const full: BundleMarks = {
    ...marks,
    add: () => Promise.reject(new Error("database or disk is full")),
  };
  const opened = bundles({ signing: { trust: trusting(signer), marks: full } });
  await expect(opened.start()).rejects.toThrow("database or disk is full");
  expect(opened.active()).toBeNull();
});
