import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../../gateway/store/database.ts";
import { walSync } from "../../../gateway/store/synced.ts";

let dir = "";
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "sallyport-sync-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("resolves when what was committed is on disk, for one caller and for many", async () => {
  const database = openDatabase(join(dir, "store.db"));
  database.exec("CREATE TABLE t (n INTEGER) STRICT");
  const synced = walSync(database);
  database.exec("INSERT INTO t VALUES (1)");
  await synced();
  await Promise.all(Array.from({ length: 20 }, () => synced()));
  await synced();
  database.close();
});

test("rejects when the file cannot be opened, and is tried again", async () => {
  const database = openDatabase(join(dir, "store.db"));
  database.exec("CREATE TABLE t (n INTEGER) STRICT");
  const wal = join(dir, "store.db-wal");
  const synced = walSync(database);
  renameSync(wal, `${wal}.away`);
  await expect(synced()).rejects.toThrow("ENOENT");
  renameSync(`${wal}.away`, wal);
  await synced();
  database.close();
});

test("a store in memory has nothing to wait for", async () => {
  await walSync(openDatabase(":memory:"))();
});
