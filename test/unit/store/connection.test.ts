import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { describeConnection, numbers } from "../../support/store-contracts/connection.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

function counter(file = ":memory:") {
  const connection = new Connection(openDatabase(file));
  connection.database.exec("CREATE TABLE counter (n INTEGER NOT NULL) STRICT");
  const insert = connection.database.prepare("INSERT INTO counter (n) VALUES (?)");
  const all = connection.database.prepare("SELECT n FROM counter ORDER BY rowid");
  return {
    connection,
    add: (n: number) => connection.run(() => void insert.run(n)),
    list: () => connection.run(() => all.all().map((row) => Number(row["n"]))),
  };
}

const dir = mkdtempSync(join(tmpdir(), "connection-"));
afterAll(() => rmSync(dir, { recursive: true }));

describeConnection(sqliteStores(numbers));

describe("a connection to the embedded store", () => {
  it("tells how long each read, write and commit took, also of one that failed", async () => {
    const took: [string, number][] = [];
    let now = 0;
    const watch = { monotonic: () => (now += 5), took: (...one: [string, number]) => void took.push(one) };
    const connection = new Connection(openDatabase(":memory:"), watch);
    connection.define("CREATE TABLE counter (n INTEGER NOT NULL UNIQUE) STRICT");
    const insert = connection.prepare("INSERT INTO counter (n) VALUES (?)");
    const all = connection.prepare("SELECT n FROM counter");
    await insert.run(1);
    await all.all();
    await expect(insert.run(1)).rejects.toThrow("UNIQUE");
    await connection.atomically("tasks", () => insert.run(2));
    expect(took.map(([operation]) => operation)).toEqual(["write", "read", "write", "write", "write", "commit"]);
    expect(new Set(took.map(([, seconds]) => seconds))).toEqual(new Set([0.005]));
  });

  it("lets nobody else read or write in the middle of a transaction", async () => {
    const { connection, add, list } = counter();
    const step = Promise.withResolvers<void>();
    const transaction = connection.atomically("tasks", async () => {
      await add(1);
      await step.promise;
      throw new Error("undone");
    });
    const [read, written] = [list(), add(7)];
    step.resolve();
    await expect(transaction).rejects.toThrow("undone");
    expect(await read).toEqual([]);
    await written;
    expect(await list()).toEqual([7]);
  });

  it("waits a short time for a lock in background work, and an instant once it was found locked, until something is written", async () => {
    const file = join(dir, "store.db");
    const { connection, add, list } = counter(file);
    const wait = () =>
      connection.run(() => Object.values(connection.database.prepare("PRAGMA busy_timeout").get() ?? {})[0]);
    expect(await wait()).toBe(5_000);
    await connection.briefly(async () => expect(await wait()).toBe(500));
    expect(await wait()).toBe(5_000);
    const other = openDatabase(file);
    other.exec("BEGIN IMMEDIATE");
    // Whoever looks after the failure may keep it from whoever runs the work.
    await connection.briefly(() => expect(add(1)).rejects.toThrow("locked"));
    expect(await wait()).toBe(20);
    await connection.briefly(async () => expect(await list()).toEqual([]));
    expect(await wait()).toBe(20);
    other.exec("ROLLBACK");
    await add(2);
    expect(await wait()).toBe(5_000);
    for (const database of [other, connection.database]) database.close();
  });
});
