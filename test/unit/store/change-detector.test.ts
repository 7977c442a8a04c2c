import { setImmediate as nextTurn } from "node:timers/promises";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { approvalStore } from "../../../gateway/store/approvals.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import { writeDetector } from "../../../gateway/store/change-detector.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "written-"));
  file = join(dir, "store.db");
});
afterEach(() => rmSync(dir, { recursive: true }));

/** From a process of its own, as another gateway on the same store would. */
function elsewhere(sql: string): void {
  const script = `const { DatabaseSync } = require("node:sqlite");
    const database = new DatabaseSync(${JSON.stringify(file)}, { timeout: 5000 });
    database.exec(${JSON.stringify(sql)}); database.close();`;
  execFileSync(process.execPath, ["--no-warnings", "-e", script]);
}

test("says once that something was written, by this process or by another", async () => {
  const database = openDatabase(file);
  database.exec("CREATE TABLE t (x INTEGER)");
  const mayHaveWritten = writeDetector(database);
  const twice = async (): Promise<boolean[]> => {
    await nextTurn();
    return [mayHaveWritten(), mayHaveWritten()];
  };
  expect(await twice()).toEqual([true, false]);
  database.exec("INSERT INTO t VALUES (1)");
  expect(await twice()).toEqual([true, false]);
  elsewhere("INSERT INTO t VALUES (2)");
  expect(await twice()).toEqual([true, false]);
  expect(database.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 2 });
  expect(await twice()).toEqual([false, false]);
  // A log that is begun anew, and one that is emptied.
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  elsewhere("INSERT INTO t VALUES (3)");
  expect(await twice()).toEqual([true, false]);
  database.close();
});

test("says so of a database that has no file in every turn of the event loop", async () => {
  const mayHaveWritten = writeDetector(openDatabase(":memory:"));
  expect([mayHaveWritten(), mayHaveWritten()]).toEqual([true, false]);
  await nextTurn();
  expect(mayHaveWritten()).toBe(true);
});

test("forgets at once, in the same turn, that a caller had nothing when this process writes", async () => {
  const database = openDatabase(file);
  const approvals = approvalStore(new Connection(database));
  const asked = (): Promise<boolean> => approvals.anyLive("iss", "bot", 1_000);
  expect(await asked()).toBe(false);
  database.exec(`INSERT INTO grants (id, issuer, subject, created, expires_at, uses_left, body)
    VALUES ('g_1', 'iss', 'bot', 0, 2000, 1, '{}')`);
  expect(await asked()).toBe(false);
  await approvals.extend("a_unknown", 0, 1, 0);
  expect(await asked()).toBe(true);
  database.close();
});

test("sees another process's revocation, and a grant it gave, at the next question", async () => {
  const database = openDatabase(file);
  const connection = new Connection(database);
  const [approvals, revocations] = [approvalStore(connection), revocationStore(connection)];
  const asked = async (): Promise<boolean[]> => {
    await nextTurn();
    return [await approvals.anyLive("iss", "bot", 1_000), revocations.changedElsewhere()];
  };
  await asked();
  expect(await asked()).toEqual([false, false]);
  elsewhere(`INSERT INTO grants (id, issuer, subject, created, expires_at, uses_left, body)
    VALUES ('g_1', 'iss', 'bot', 0, 2000, 1, '{}')`);
  expect(await asked()).toEqual([true, true]);
  expect(await asked()).toEqual([true, false]);
  expect(await approvals.anyLive("iss", "bot", 2_000)).toBe(false);
  elsewhere("INSERT INTO revocations (id, body) VALUES ('k_1', '{}')");
  expect(await asked()).toEqual([true, true]);
  database.close();
});

describe("looking for revocations", () => {
  const { now } = performance;
  let at = 0;
  beforeEach(() => void (performance.now = () => at));
  afterEach(() => void (performance.now = now));

  test("happens once a turn of the event loop", async () => {
    const database = openDatabase(file);
    const revocations = revocationStore(new Connection(database));
    await nextTurn();
    expect(revocations.changedElsewhere()).toBe(false);
    elsewhere("INSERT INTO revocations (id, body) VALUES ('k_2', '{}')");
    expect(revocations.changedElsewhere()).toBe(false);
    await nextTurn();
    expect([revocations.changedElsewhere(), revocations.changedElsewhere()]).toEqual([true, false]);
    database.close();
  });

  test("happens again in a turn in which the process stood still", async () => {
    const database = openDatabase(file);
    const revocations = revocationStore(new Connection(database));
    await nextTurn();
    expect(revocations.changedElsewhere()).toBe(false);
    elsewhere("INSERT INTO revocations (id, body) VALUES ('k_3', '{}')");
    at += 50;
    expect(revocations.changedElsewhere()).toBe(true);
    database.close();
  });
});
