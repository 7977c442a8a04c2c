import { fstatSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Database, openDatabase } from "../../../gateway/store/database.ts";
import { walSync } from "../../../gateway/store/synced.ts";

let dir = "";
let wal = "";
let database: Database;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-sync-"));
  database = openDatabase(join(dir, "store.db"));
  database.exec("CREATE TABLE t (n INTEGER) STRICT");
  wal = join(dir, "store.db-wal");
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Begun {
  readonly file: number;
  readonly end: () => void;
  readonly fail: (failure: Error) => void;
}

/** Syncs that end when the test says so, and what has resolved of the calls that wait for them. */
function held(): { begun: Begun[]; resolved: string[]; call: (name: string) => Promise<void> } {
  const begun: Begun[] = [];
  const resolved: string[] = [];
  const synced = walSync(
    database,
    (file) => new Promise((end, fail: Begun["fail"]) => void begun.push({ file, end, fail })),
  );
  return { begun, resolved, call: (name) => synced().then(() => void resolved.push(name)) };
}

test("a call syncs the WAL once, and resolves when that has ended", async () => {
  const { begun, resolved, call } = held();
  const first = call("first");
  expect(begun.map(({ file }) => fstatSync(file).ino)).toEqual([statSync(wal).ino]);
  await nextTurn();
  expect(resolved).toEqual([]);
  begun[0]?.end();
  await first;
  expect([begun.length, resolved]).toEqual([1, ["first"]]);
});

test("calls that come while the disk is written share one sync, which begins after them", async () => {
  const { begun, resolved, call } = held();
  const first = call("first");
  const later = Array.from({ length: 20 }, () => call("later"));
  await nextTurn();
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await first;
  await nextTurn();
  expect([begun.length, resolved]).toEqual([2, ["first"]]);
  const last = call("last");
  begun[1]?.end();
  await Promise.all(later);
  await nextTurn();
  expect([begun.length, resolved.length]).toEqual([3, 21]);
  begun[2]?.end();
  await last;
  expect(begun).toHaveLength(3);
});

test("a sync that fails is that of its own callers alone", async () => {
  const { begun, call } = held();
  const first = call("first");
  const later = call("later");
  begun[0]?.fail(new Error("EIO"));
  await expect(first).rejects.toThrow("EIO");
  await nextTurn();
  begun[1]?.end();
  await later;
});

test("resolves when the disk has been written", async () => {
  const synced = walSync(database);
  await Promise.all([synced(), synced()]);
  await synced();
});

test("rejects when the file cannot be opened, and is tried again", async () => {
  const synced = walSync(database);
  renameSync(wal, `${wal}.away`);
  await expect(synced()).rejects.toThrow("ENOENT");
  renameSync(`${wal}.away`, wal);
  await synced();
});

test("a store in memory has nothing to wait for", async () => {
  const inMemory = openDatabase(":memory:");
  await walSync(inMemory, () => Promise.reject(new Error("there is no file")))();
  inMemory.close();
});
