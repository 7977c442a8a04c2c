import { archiveDigest } from "../../../../gateway/bundles/archive/archive.ts";
import { lookForModule, readArchiveFiles } from "../../../../gateway/bundles/layers/archive-files.ts";
import { SourceList } from "../../../../gateway/bundles/layers/read-list.ts";
import { verifier } from "../../../../gateway/bundles/signatures/verify.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { bundleMarks } from "../../../../gateway/store/store-marks.ts";
import { signingRoom, trusting } from "../../../support/bundles/signed-bundle.ts";
import { archiveRoom, current } from "../support/archive-room.ts";

let room: Awaited<ReturnType<typeof archiveRoom>>;
beforeAll(async () => {
  room = await archiveRoom();
});
afterAll(() => room.remove());

const team = { "team/team.rego": current };

test("verifies a signature again before a policy is built, and not at every look", async () => {
  const signing = await signingRoom();
  try {
    const signer = await signing.signer("ES256");
    const { path } = await room.bundle("to-end", team);
    const signed = await signing.signed(path, signer, { iat: 1_750_000_000, exp: 1_750_000_200 });
    let now = 1_750_000_100_000;
    const list = new SourceList({ list: [room.only, { kind: "archive", path: signed }] }, () =>
      verifier(trusting(signer), { now: () => now }),
    );
    const first = await list.read();
    expect((await list.settled(first)).revision).toBe(first.revision);
    now = 1_750_000_300_000;
    expect((await list.read()).revision).toBe(first.revision);
    await expect(list.settled(first)).rejects.toThrow("the signature ended at");
    // What is active goes on, so that a look that finds it unchanged is no failure.
    expect((await list.read()).revision).toBe(first.revision);
  } finally {
    await signing.remove();
  }
});

test("looks for a module once for as long as an archive has the same bytes, and names those that it has read", async () => {
  const { path } = await room.bundle("looked", team);
  const look = await lookForModule(path, null);
  expect(look).toEqual({ digest: await archiveDigest(path), isModule: false });
  expect(await lookForModule(path, look)).toBe(look);
  const stale = { digest: "sha256:other", isModule: true };
  expect(await lookForModule(path, stale)).toEqual(look);
});

test("unpacks an archive once for as long as its bytes are the same", async () => {
  const { path } = await room.bundle("known", team);
  const first = await readArchiveFiles(path, null, undefined);
  expect(await readArchiveFiles(path, null, first)).toBe(first);
  const list = new SourceList({ list: [room.only, { kind: "archive", path }] });
  const read = await list.read();
  expect(read.files.map((file) => file.path)).toEqual(["rego/sallyport/main/main.rego", "known.tar.gz/team/team.rego"]);
  expect((await list.settled(read)).revision).toBe(read.revision);
});

test("takes a bundle of rules only with a signature where one is asked for, and none that is older", async () => {
  const signing = await signingRoom();
  const signer = await signing.signer("ES256");
  const { path } = await room.bundle("to-sign", { ...team, "words/data.json": '{ "first": "hello", "list": ["a"] }' });
  const marks = bundleMarks(new Connection(openDatabase(":memory:")));
  const start = async (archive: string): Promise<string | undefined> => {
    const sources = [room.only, { kind: "archive", path: archive }] as const;
    const bundles = room.folder.bundles({
      engine: createPolicyEngine(),
      sources,
      watch: false,
      signing: { trust: trusting(signer), marks },
    });
    await bundles.start();
    return bundles.active()?.revision;
  };
  try {
    await expect(start(path)).rejects.toThrow("the bundle is not signed");
    const signed = await signing.signed(path, signer, { iat: 1_750_000_100 });
    expect(await start(signed)).toMatch(/^[0-9a-f]{32}$/);
    await expect(start(await signing.change(signed, { "team/team.rego": `${current}\n# more\n` }))).rejects.toThrow(
      "not what was signed",
    );
    const older = await signing.change(path, { "words/data.json": '{ "first": "bye", "list": ["a"] }' });
    await expect(start(await signing.signed(older, signer, { iat: 1_750_000_000 }))).rejects.toThrow(
      "before one that has been active",
    );
  } finally {
    await signing.remove();
  }
});
