import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Connection } from "../../../../gateway/store/connection.ts";
import { copiedTables, type CopiedTable, notCopied } from "../../../../gateway/store/copy/copied-tables.ts";
import { type CopyOptions, copyStore } from "../../../../gateway/store/copy/copy-store.ts";
import { assertWhole } from "../../../../gateway/store/copy/half-copy.ts";
import { batch, insertRows, sumOf } from "../../../../gateway/store/copy/rows.ts";
import { keyFile, keysBeside, keysIn } from "../../../../gateway/store/copy/signing-keys.ts";
import { makeSqliteTables } from "../../../../gateway/store/copy/sqlite-tables.ts";
import { openSigningKey } from "../../../../gateway/approvals/signing-key.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { noticeWriter } from "../../../../gateway/store/end-notices.ts";
import type { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { processStore } from "../../../../gateway/store/processes.ts";
import type { SqlRow } from "../../../../gateway/store/sql.ts";
import { beatsAt } from "../../../support/postgres/beats.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";

const now = 1_700_000_000_000;
/** More than are read at once, so that each table is copied in several parts. */
const many = batch * 2 + 7;

/** Texts whose order is another by UTF-16 units than by bytes, and such as have to be escaped somewhere. */
const texts = ["\u{fffd}", "\u{10000}", "", "a'b", 'a"b', "a\\b", "{a}", "é\n", "NULL", "A"];

/** What rows of other tables refer to. */
const referred: Readonly<Record<string, string>> = { "passkeys.account": "console_people.id" };

/** A value that fits the column, the same for each row that refers to it. */
function valueOf(table: string, column: string, type: string, at: number): string | number | Uint8Array {
  if (column === "rowid" || type === "INTEGER") return at * 3 + 1;
  if (type === "REAL") return at + 0.1;
  if (type === "BLOB") return Buffer.from([0, 255, at % 256]);
  const name = referred[`${table}.${column}`] ?? `${table}.${column}`;
  return name === "session_labels.key"
    ? JSON.stringify([name, at, texts[at % texts.length]])
    : `${texts[at % texts.length]} ${name} ${at}`;
}

function typesIn(file: Connection, table: string): Map<string, string> {
  const rows = file.database.prepare(`PRAGMA table_xinfo("${table}")`).all();
  return new Map(rows.map((row) => [String(row["name"]), String(row["type"])]));
}

function rowsOf(file: Connection, { name, columns, key }: CopiedTable): SqlRow[] {
  const types = typesIn(file, name);
  const row = (at: number) =>
    Object.fromEntries(columns.map((column) => [column, valueOf(name, column, types.get(column) ?? "", at)]));
  return Array.from({ length: key.length === 0 ? 1 : many }, (_, at) => row(at));
}

describeWithPostgres("a store that is copied", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-copy-"));
  let server: PostgresServer;
  let made = 0;
  const open: (() => unknown)[] = [];
  beforeAll(async () => (server = await startPostgres()));
  afterAll(async () => {
    for (const close of open) await close();
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  async function database(): Promise<PostgresConnection> {
    const name = `copy_${(made += 1)}`;
    await server.admin(`CREATE DATABASE ${name}`);
    const { connection } = await openPostgres(() => server.url(name), "copy");
    open.push(() => connection.close());
    await migrate(connection);
    return connection;
  }

  /** In a folder of its own: its keys are beside it. */
  function file(): { readonly path: string; readonly connection: Connection } {
    const path = join(folder, String((made += 1)), "sallyport.db");
    const opened = openDatabase(path);
    open.push(() => opened.close());
    return { path, connection: new Connection(opened) };
  }

  async function filled(tables: readonly CopiedTable[]) {
    const one = file();
    makeSqliteTables(one.connection);
    await one.connection.atomically("access", async () => {
      for (const table of tables)
        for (const row of rowsOf(one.connection, table)) await insertRows(one.connection, table, [row]);
    });
    return one;
  }

  const copy = (one: ReturnType<typeof file>, connection: PostgresConnection, more: Partial<CopyOptions> = {}) =>
    copyStore({
      file: { sql: one.connection, keys: keysBeside(one.path), place: one.path },
      database: { sql: connection, keys: keysIn(connection), place: "the database" },
      to: "database",
      now: () => now,
      progress: () => undefined,
      stop: new AbortController().signal,
      ...more,
    });

  it("has the same tables and columns in both engines, but for those that say why not", async () => {
    const [connection, { connection: sqlite }] = [await database(), file()];
    const tables = await copiedTables(connection);
    makeSqliteTables(sqlite);
    const names = sqlite.database.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    );
    expect(tables.map(({ name }) => name).toSorted()).toEqual(
      names
        .all()
        .map(({ name }) => name)
        .toSorted(),
    );
    for (const { name, columns } of tables)
      expect([name, columns.filter((column) => column !== "rowid").toSorted()]).toEqual([
        name,
        [...typesIn(sqlite, name).keys()].toSorted(),
      ]);
    const all = await connection.prepare("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").all();
    const known = [...tables.map(({ name }) => name), ...notCopied.keys(), "store_schema"];
    expect(all.map((row) => row["tablename"]).toSorted()).toEqual(known.toSorted());
  });

  it("has every row of every table in the database, and back in another file", async () => {
    const connection = await database();
    const tables = await copiedTables(connection);
    const [source, back] = [await filled(tables), file()];
    const key = openSigningKey(keyFile(source.path, "authzen"));
    const told = await copy(source, connection);
    expect(told.keys).toEqual(["authzen"]);
    expect(told.tables.map(({ table, rows }) => [table, rows])).toEqual(
      tables.map(({ name, key: columns }) => [name, columns.length === 0 ? 1 : many]),
    );
    await assertWhole(connection, "it");
    const again = await copy(back, connection, { to: "file" });
    expect(again.tables).toEqual(told.tables);
    for (const table of tables)
      expect(await sumOf(back.connection, table)).toEqual(await sumOf(source.connection, table));
    expect(openSigningKey(keyFile(back.path, "authzen")).publicKeys).toEqual(key.publicKeys);
    // What is added next is numbered behind it.
    const number = Number((await connection.prepare("SELECT max(number) AS last FROM end_notices").get())?.["last"]);
    await connection.transaction("access", () => noticeWriter(connection)({ id: "n_next", at: now } as never));
    expect(await connection.prepare("SELECT number FROM end_notices WHERE id = 'n_next'").get()).toEqual({
      number: number + 1,
    });
  });

  it("is used by no gateway until the copy is complete, and a copy that was broken off goes on", async () => {
    const connection = await database();
    const tables = await copiedTables(connection);
    const source = await filled(tables);
    const written: string[] = [];
    for (const after of [3, 60]) {
      const stop = new AbortController();
      let steps = 0;
      const progress = ({ table, rows }: { readonly table: string; readonly rows: number }) => {
        if (rows > 0) written.push(`${table} ${rows}`);
        if ((steps += 1) === after) stop.abort();
      };
      await expect(copy(source, connection, { stop: stop.signal, progress })).rejects.toThrow("run the same again");
      await expect(assertWhole(connection, "it")).rejects.toMatchObject({ code: "store_copy" });
    }
    const other = await filled([]);
    await expect(copy(other, connection)).rejects.toThrow(`a copy of ${source.path} into the database was begun`);
    const { tables: sums } = await copy(source, connection);
    expect(sums.every(({ rows }) => rows === many || rows === 1)).toBe(true);
    await assertWhole(connection, "it");
    expect(written.length).toBeGreaterThan(20);
  });

  it("is told to have changed where it has since the copy was begun", async () => {
    const connection = await database();
    const source = await filled(await copiedTables(connection));
    const stop = new AbortController();
    const progress = ({ done }: { readonly done: number }) => void (done === 5 && stop.abort());
    await expect(copy(source, connection, { stop: stop.signal, progress })).rejects.toThrow("broken off");
    source.connection.database.exec("UPDATE approvals SET state = 'used' WHERE rowid = 4");
    await expect(copy(source, connection)).rejects.toThrow(
      /^approvals has 207 rows in .* the source has changed since/,
    );
    await expect(assertWhole(connection, "it")).rejects.toThrow("not complete");
  });

  it("is refused where a gateway runs on it or on the target, where the target has rows, and where nobody knows a table", async () => {
    const [connection, source] = [await database(), file()];
    makeSqliteTables(source.connection);
    const alive = processStore(source.connection);
    await alive.beat("p_1", now - 14_000);
    await expect(copy(source, connection)).rejects.toThrow(`a gateway uses ${source.path}: stop it`);
    await alive.leave("p_1");
    await alive.beat("p_1", now - 16_000);
    // The time of the database counts there, and not that of whoever copies.
    await processStore(connection).beat("p_2", now);
    await expect(copy(source, connection)).rejects.toThrow("a gateway uses the database");
    await beatsAt(connection).beat("p_2", now);
    await expect(copy(source, connection)).rejects.toThrow("the database has rows in processes");
    await processStore(connection).leave("p_2");
    source.connection.database.exec("CREATE TABLE later (x TEXT)");
    await expect(copy(source, connection)).rejects.toThrow("has the table later, which this Sallyport does not know");
    await assertWhole(connection, "it");
  });

  it("keeps gateways out of the source as long as it is copied, in either engine", async () => {
    const [connection, source] = [await database(), file()];
    let tried = 0;
    const failures: unknown[] = [];
    const second = openDatabase(source.path);
    open.push(() => second.close());
    second.exec("PRAGMA busy_timeout = 0");
    const beat = () => {
      if ((tried += 1) > 1) return;
      try {
        second.exec("INSERT INTO processes VALUES ('p_9', 1)");
      } catch (failure) {
        failures.push(failure);
      }
    };
    await copy(source, connection, { progress: beat });
    expect(failures).toEqual([expect.objectContaining({ message: "database is locked" })]);
    let late: Promise<string> | null = null;
    const { connection: gateway } = await openPostgres(() => server.url(`copy_${made - 1}`), "p_8", {
      lock_timeout: 200,
    });
    open.push(() => gateway.close());
    await copy(file(), connection, {
      to: "file",
      progress: () =>
        (late ??= processStore(gateway).beat("p_8", Date.now()).then(String, String)).then(() => undefined),
    });
    expect(await (late as Promise<string> | null)).toMatch(/lock timeout/);
  });

  it("is refused where a gateway has started on the source between the look and the lock", async () => {
    const [connection, source] = [await database(), file()];
    const second = openDatabase(source.path);
    open.push(() => second.close());
    makeSqliteTables(source.connection);
    let looks = 0;
    // The first look at the file answers within this turn; the lock comes after questions to the database.
    const nowAndStart = () => {
      if ((looks += 1) === 1) setImmediate(() => second.exec(`INSERT INTO processes VALUES ('p_9', ${now})`));
      return now;
    };
    const progress = () => Promise.reject(new Error("a row was copied"));
    await expect(copy(source, connection, { now: nowAndStart, progress })).rejects.toThrow(
      `a gateway uses ${source.path}`,
    );
    expect(looks).toBe(3);
  });

  it("has the key of the source, and is refused where there is another one of that name", async () => {
    const [connection, source] = [await database(), file()];
    await keysIn(connection).add("authzen", readFileSync(await otherKey(), "utf8"));
    openSigningKey(keyFile(source.path, "authzen"));
    await expect(copy(source, connection)).rejects.toThrow("the database has another key authzen already");
  });

  const otherKey = async (): Promise<string> => {
    const path = keyFile(join(folder, "other", "sallyport.db"), "authzen");
    openSigningKey(path);
    expect(dirname(path)).toBe(join(folder, "other"));
    return path;
  };

  it("names the table with a text that PostgreSQL cannot have", async () => {
    const [connection, source] = [await database(), file()];
    makeSqliteTables(source.connection);
    source.connection.database.prepare("INSERT INTO oauth_once VALUES (?, 1)").run("a\u0000b");
    await expect(copy(source, connection)).rejects.toThrow(/^rows of oauth_once cannot be written: .*0x00/);
  });
});
