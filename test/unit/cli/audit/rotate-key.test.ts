import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { LogWriter } from "../../../../gateway/record/log-writer.ts";
import { noteKey } from "../../../../gateway/lib/tlog/note.ts";
import { openLogKey } from "../../../../gateway/record/tree/log-keys.ts";
import { TreeFollower } from "../../../../gateway/record/tree/tree-follower.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { logMarks } from "../../../../gateway/store/store-marks.ts";
import { quiet } from "../../../support/quiet.ts";
import { roomy, write } from "../../../support/record/test-log.ts";
import { configuredFolder } from "../configured-folder.ts";
import { inProcess } from "../run.ts";

let folder: string;
let store: Connection;
beforeEach(() => {
  folder = configuredFolder();
  store = new Connection(openDatabase(":memory:"));
});
afterEach(() => {
  store.database.close();
  rmSync(folder, { recursive: true });
});

const data = (...parts: string[]): string => join(folder, ".sallyport", ...parts);
const vkeys = (): string[] =>
  readFileSync(data("log", "tlog", "keys"), "utf8").match(/^\S+\+[0-9a-f]{8}\+\S+$/gm) ?? [];

async function run(n: number): Promise<void> {
  const key = openLogKey(data("decision-log.key.pem"));
  const tree = new TreeFollower({ dir: data("log"), freshOrigin: "sallyport/gw-1/l_1", key, logger: quiet });
  const given = { clock: systemClock, logger: quiet, marks: logMarks(store, "p_folder"), tree, space: roomy };
  const writer = new LogWriter({ ...given, dir: data("log"), segmentBytes: 1e6, segmentAgeMs: null, queueRecords: 10 });
  await write(writer, n);
  await writer.close();
}

const config = () => ["--config", join(folder, "sallyport.yaml")];

test("who trusts the first key of a log trusts the one that it has signed, and no other", async () => {
  await run(1);
  expect((await inProcess(["audit", "rotate-key", ...config()])).code).toBe(0);
  const [first = "", second = ""] = vkeys();
  await run(2);
  expect(vkeys()).toEqual([first, second]);
  expect(statSync(data("decision-log.key.pem")).mode & 0o777).toBe(0o600);
  const verified = async (key: string) => (await inProcess(["audit", "verify", data("log"), "--key", key])).code;
  expect([await verified(first), await verified(second)]).toEqual([0, 1]);

  // A key that nobody handed over.
  rmSync(data("decision-log.key.pem"));
  await run(3);
  const [, , third = ""] = vkeys();
  const found = await inProcess(["audit", "verify", data("log"), "--key", first]);
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining("signed by no trusted key") });
  expect((await inProcess(["audit", "verify", data("log"), "--key", first, "--key", third])).code).toBe(0);
});

test("a proof made after a hand-over holds for who has the first key alone, with the notes beside it", async () => {
  await run(1);
  await inProcess(["audit", "rotate-key", ...config()]);
  await run(2);
  const out = join(folder, "proofs");
  expect((await inProcess(["audit", "prove", "d_2", "--out", out, ...config()])).code).toBe(0);
  const [first = "", second = ""] = vkeys();
  const checked = (key: string) =>
    inProcess(["audit", "verify-proof", join(out, "decision.tlog-proof"), "--key", key, "--json"]);
  const held = await checked(first);
  expect([held.code, JSON.parse(held.stdout)]).toMatchObject([0, { proofs: [{ ok: true, key: second }] }]);

  const stranger = noteKey(first.split("+")[0] ?? "", generateKeyPairSync("ed25519").publicKey).vkey;
  expect(await checked(stranger)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("no trusted key signs its checkpoint"),
  });
  const notes = join(out, "log.keys");
  writeFileSync(notes, readFileSync(notes, "utf8").slice(0, -60));
  expect(await checked(first)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${notes}: the file of keys`),
  });
  rmSync(notes);
  expect(await checked(first)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("log.keys, which audit prove"),
  });
  expect((await checked(second)).code).toBe(0);
});

test("a key that is not the last of the log signs no other", async () => {
  await run(1);
  const other = join(folder, "other.pem");
  openLogKey(other);
  const refused = await inProcess(["audit", "rotate-key", "--old", other, ...config()]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("is not the last key of the log") });
  const missing = await inProcess(["audit", "rotate-key", "--old", join(folder, "none.pem"), ...config()]);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no such file") });
});

test("a key is not handed over to itself", async () => {
  await run(1);
  const key = data("decision-log.key.pem");
  const before = vkeys();
  expect(await inProcess(["audit", "rotate-key", "--old", key, "--new", key, ...config()])).toMatchObject({
    code: 2,
    stderr: `${key} is the key that signs now; name another one with --new.\n`,
  });
  expect(vkeys()).toEqual(before);
});

test("a hand-over that fails leaves the key that signs in its place", async () => {
  await run(1);
  const before = readFileSync(data("decision-log.key.pem"), "utf8");
  const keys = data("log", "tlog", "keys");
  const kept = readFileSync(keys);
  // Nothing can be put under the name of the old key.
  const id = vkeys()[0]?.split("+")[1] ?? "";
  mkdirSync(data(`decision-log.key.pem.${id}`));
  expect((await inProcess(["audit", "rotate-key", ...config()])).code).not.toBe(0);
  expect([readFileSync(data("decision-log.key.pem"), "utf8"), readFileSync(keys)]).toEqual([before, kept]);
  expect(readdirSync(data()).filter((name) => name.endsWith(".new"))).toEqual([]);
});
