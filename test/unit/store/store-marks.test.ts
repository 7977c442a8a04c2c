import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../../gateway/store/connection.ts";
import { type Database, openStore } from "../../../gateway/store/database.ts";
import { logMarks, MarkFiles, storeMarks } from "../../../gateway/store/store-marks.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import { testIds } from "../../support/builders.ts";

let dir: string;
let file: string;
let copy: string;
const ids = testIds();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "marks-"));
  file = join(dir, "store.db");
  copy = join(dir, "copy.db");
});
afterEach(() => rmSync(dir, { recursive: true }));

type Started = Awaited<ReturnType<typeof start>>;

const wanted = { kind: "gateway" as const, issuer: null, target: null, reason: "incident", by: "carol" };
const revocation = { ...wanted, at: 1, until: null };

/** As a gateway starts: the store is opened and compared with what the folders know. */
async function start(folder = "p_folder") {
  const database = openStore(file);
  const connection = new Connection(database);
  const revocations = revocationStore(connection);
  const marks = new MarkFiles(
    [join(dir, "data"), join(dir, "log")],
    storeMarks(connection, folder, () => ids.make("p")),
  );
  try {
    await marks.check();
  } catch (failure) {
    database.close();
    throw failure;
  }
  await marks.keep();
  return { database, revocations, marks, log: logMarks(connection, folder) };
}

/** A copy as it is taken of a database file alone, while its WAL holds the rest. */
function backup(database: Database): void {
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  copyFileSync(file, copy);
}

function restore(from = copy): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
  copyFileSync(from, file);
}

/** Like a process that is killed: what is in the WAL stays there. */
async function kill({ database, marks }: Started): Promise<void> {
  await marks.keep();
  const wal = readFileSync(`${file}-wal`);
  copyFileSync(file, `${file}.killed`);
  database.close();
  copyFileSync(`${file}.killed`, file);
  writeFileSync(`${file}-wal`, wal);
}

test("starts with the store that was used last, and with a first one", async () => {
  const first = await start();
  await first.revocations.add({ id: "k_1", ...revocation });
  await first.log.reserve({ last: 10, reserved: 8_202 });
  await kill(first);
  const again = await start();
  expect((await again.revocations.list()).map(({ id }) => id)).toEqual(["k_1"]);
  again.database.close();
});

test.each<[string, (from: Started) => unknown]>([
  [
    "access was ended or given back since it was written",
    ({ revocations }) => revocations.add({ id: "k_1", ...revocation }),
  ],
  ["calls were recorded since it was written", ({ log }) => log.reserve({ last: 10, reserved: 8_202 })],
])("does not start with a store without its WAL: %s", async (why, change) => {
  const first = await start();
  backup(first.database);
  await change(first);
  await first.marks.keep();
  first.database.close();
  restore();
  await expect(start()).rejects.toThrow(why);
  await expect(start()).rejects.toThrow(/^[^.]*store is not the one that was used last.*--accept-store/);
});

test("does not start with a store from before a revocation was lifted", async () => {
  const first = await start();
  await first.revocations.add({ id: "k_1", ...revocation });
  backup(first.database);
  await first.revocations.lift("k_1");
  await first.marks.keep();
  first.database.close();
  restore();
  await expect(start()).rejects.toThrow("access was ended or given back since it was written");
});

test("does not start with an emptied store", async () => {
  const first = await start();
  await kill(first);
  for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
  truncateSync(file, 0);
  await expect(start()).rejects.toThrow("it is another or an empty one");
});

test("does not start with a data folder that was lost while the log knows of more", async () => {
  const first = await start();
  await first.log.reserve({ last: 10, reserved: 8_202 });
  await first.marks.keep();
  first.database.close();
  rmSync(join(dir, "data"), { recursive: true });
  await expect(start("p_other")).rejects.toThrow("calls were recorded since it was written");
});

test.each<[string, (bytes: Buffer) => void]>([
  ["a page is flipped", (bytes) => bytes.fill(0xff, 4_096, 8_192)],
  ["a page is zero", (bytes) => bytes.fill(0, 4_096, 8_192)],
  ["its head is overwritten", (bytes) => bytes.fill(0x20, 0, 100)],
])("does not start with a store of which %s, and says so in one sentence", async (_what, damage) => {
  const { database } = await start();
  backup(database);
  database.close();
  const bytes = readFileSync(copy);
  damage(bytes);
  writeFileSync(copy, bytes);
  restore();
  await expect(start()).rejects.toThrow(
    /^the store .*store\.db is damaged \(.*\): put a whole one with its -wal file in its place$/,
  );
});

test("knows the highest number that a folder's log may have given", async () => {
  const first = await start();
  await first.log.reserve({ last: 10, reserved: 8_202 });
  await first.marks.keep();
  expect(first.marks.highestReserved()).toBe(8_202);
  first.database.close();
});

test("a store that goes back while it is used is told, and the files keep how far it had come", async () => {
  const read = [
    { store: "s", revocations: 2, reserved: 100 },
    { store: "s", revocations: 1, reserved: 100 },
    { store: "other", revocations: 2, reserved: 100 },
  ];
  const marks = new MarkFiles([join(dir, "data")], async () => read.shift()!);
  await marks.keep();
  await expect(marks.keep()).rejects.toThrow("access was ended or given back since it was written");
  await expect(marks.keep()).rejects.toThrow("it is another or an empty one");
  expect(JSON.parse(readFileSync(join(dir, "data/store.marks.json"), "utf8"))).toMatchObject({ revocations: 2 });
});
