import { isAlive } from "../../../../scripts/setup/is-alive.mjs";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import pg from "pg";
import { storeFailure } from "../../../../gateway/store/postgres/failures.ts";
import { FateUnknown } from "../../../../gateway/store/postgres/fate.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Line, lineTo } from "../../../support/postgres/line.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";
import { numbers } from "../../../support/store-contracts/connection.ts";

test.each(["25P03", "25P04", "42501", "42P05", "0A000", "26000", "57P01"])(
  "code %s is of the store, and passes",
  (code) => {
    const failure = Object.assign(new pg.DatabaseError("x", 1, "error"), { code });
    expect(storeFailure(failure)).toMatchObject({ code: "store_unavailable" });
  },
);

test("a wrong statement stays what it is", () => {
  const failure = Object.assign(new pg.DatabaseError("x", 1, "error"), { code: "42P01" });
  expect(storeFailure(failure)).toBe(failure);
});

describeWithPostgres("a connection to a store in PostgreSQL", () => {
  let server: PostgresServer;
  let connection: PostgresConnection;
  beforeAll(async () => {
    server = await startPostgres();
    connection = (await openPostgres(() => server.url(), "p_1")).connection;
    await migrate(connection);
  });
  afterAll(async () => {
    await connection.close();
    await server.close();
  });
  const cut = () =>
    server.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'p_1'");

  it("undoes a transaction whose connection is lost, and is there for the next", async () => {
    const { sql, add, list } = numbers(connection);
    const lost = sql.atomically("tasks", async () => {
      await add(1);
      await cut();
      await add(2);
    });
    await expect(lost).rejects.toThrow(/terminat|closed|ended|connection error/i);
    await sql.atomically("tasks", () => add(3));
    expect(await list()).toEqual([3]);
  });

  it("goes on with other connections when those that nobody uses are lost", async () => {
    const { add, list } = numbers(connection);
    await add(7);
    await Promise.all([list(), list(), list()]);
    await cut();
    // Whoever asks before the loss of a connection is noticed is told of it.
    const both = await eventually("the store answers twice at once", () =>
      Promise.all([list(), list()]).catch(() => null),
    );
    for (const found of both) expect(found).toContain(7);
  });

  it("runs single statements as the store needs them, whatever the database has as a default", async () => {
    await server.admin("ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'");
    const { connection: other } = await openPostgres(() => server.url(), "p_level", { options: "-c work_mem=5MB" });
    const found = other.prepare(
      "SELECT current_setting('transaction_isolation') AS level, current_setting('work_mem') AS mem",
    );
    expect(await found.get()).toEqual({ level: "read committed", mem: "5MB" });
    await other.close();
    await server.admin("ALTER DATABASE postgres RESET default_transaction_isolation");
  });

  it("names a statement by its text, whenever it is prepared", async () => {
    const names = "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%one of two%' ORDER BY statement";
    const texts = ["SELECT 1 /* one of two */", "SELECT 2 /* one of two */"];
    const prepared = async (inOrder: readonly string[]) => {
      const { connection: other } = await openPostgres(() => server.url(), "p_names", { max: 1 });
      for (const text of inOrder) await other.prepare(text).get();
      const found = await other.prepare(names).all();
      await other.close();
      return found;
    };
    const found = await prepared(texts);
    expect(found).toHaveLength(3);
    expect(await prepared(texts.toReversed())).toEqual(found);
  });

  it("lets transactions of two areas run at the same time", async () => {
    const step = Promise.withResolvers<void>();
    const one = connection.atomically("tasks", () => step.promise);
    await connection.atomically("accounts", async () => undefined);
    step.resolve();
    await one;
  });

  it("has connections for everything else while many wait for one area", async () => {
    const few = await openPostgres(() => server.url(), "p_few", { max: 2, connectionTimeoutMillis: 2_000 });
    const step = Promise.withResolvers<void>();
    const holder = connection.atomically("approvals", () => step.promise);
    const waiting = Array.from({ length: 5 }, async (_, n) => few.connection.atomically("approvals", async () => n));
    const row = await few.connection.prepare("SELECT 1 AS one").get();
    step.resolve();
    expect([row, await Promise.all(waiting)]).toEqual([{ one: 1 }, [0, 1, 2, 3, 4]]);
    await holder;
    await few.connection.close();
  });

  it("gives up an area whose turn does not come in time, and lets those behind have theirs", async () => {
    const hasty = await openPostgres(() => server.url(), "p_hasty", { connectionTimeoutMillis: 200 });
    const step = Promise.withResolvers<void>();
    const holder = hasty.connection.atomically("approvals", () => step.promise);
    const late = hasty.connection.atomically("approvals", async () => undefined);
    await expect(late).rejects.toMatchObject({ code: "store_unavailable" });
    step.resolve();
    await holder;
    expect(await hasty.connection.atomically("approvals", async () => 7)).toBe(7);
    await hasty.connection.close();
  });

  it("has transactions that see what is committed, and write, whatever the database has as its default", async () => {
    await server.admin("CREATE DATABASE strict");
    await server.admin("ALTER DATABASE strict SET default_transaction_isolation = 'serializable'");
    await server.admin("ALTER DATABASE strict SET default_transaction_read_only = on");
    const strict = await openPostgres(() => server.url("strict"), "p_strict");
    const shown = (name: string) => strict.connection.prepare(`SELECT current_setting('${name}') AS value`).get();
    const found = await strict.connection.within(async () => [
      await shown("transaction_isolation"),
      await shown("transaction_read_only"),
    ]);
    expect(found).toEqual([{ value: "read committed" }, { value: "off" }]);
    await strict.connection.close();
  });

  it("uses no connection again whose statements the tables have outgrown, whoever caught that", async () => {
    const single = (await openPostgres(() => server.url(), "p_single", { max: 1 })).connection;
    await single.execute("CREATE TABLE grown (a INTEGER)");
    const rows = single.prepare("SELECT * FROM grown");
    await rows.all();
    await server.admin("ALTER TABLE grown ADD COLUMN b TEXT");
    const caught = single.within(() => rows.all().catch((failure: unknown) => failure));
    await expect(caught).rejects.toThrow("a statement of a transaction was not carried out");
    expect(await single.within(() => rows.all())).toEqual([]);
    await single.close();
  });

  it("begins no work in an area whose row is missing", async () => {
    const one = (await openPostgres(() => server.url(), "p_missing")).connection;
    await one.execute("DELETE FROM store_areas WHERE name = 'definitions'");
    let isBegun = false;
    const refused = one.atomically("definitions", async () => void (isBegun = true));
    await expect(refused).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(refused).rejects.toThrow('the row of "definitions" is missing in store_areas');
    expect(isBegun).toBe(false);
    await one.close();
  });

  it("gives integers as numbers up to the greatest that is exact", async () => {
    const given = connection.prepare("SELECT ?::bigint AS given, sum(n) AS sum FROM unnest(?::bigint[]) AS of (n)");
    expect(await given.get(Number.MAX_SAFE_INTEGER, [1, 2])).toEqual({ given: Number.MAX_SAFE_INTEGER, sum: 3 });
  });
});

describeWithPostgres("a transaction whose COMMIT is not answered", () => {
  let server: PostgresServer;
  let line: Line;
  let connection: PostgresConnection;
  beforeAll(async () => {
    server = await startPostgres();
    line = await lineTo(server.port);
    const url = server.url().replace(`:${server.port}/`, `:${line.port}/`);
    connection = (await openPostgres(() => url, "p_1")).connection;
    await migrate(connection);
  });
  afterAll(async () => {
    await connection.close();
    await line.close();
    await server.close();
  });
  const adding = (n: number) => {
    const { sql, add } = numbers(connection);
    return sql.atomically("tasks", async () => {
      await add(n);
      return n;
    });
  };

  /** Looks until it is known: PostgreSQL may not have read the end of the connection yet. */
  async function found({ committed }: FateUnknown): Promise<boolean> {
    let known: boolean | null = null;
    void committed.then((isCommitted) => (known = isCommitted));
    return eventually("it is known", async () => {
      await connection.look();
      return known;
    });
  }

  it("has succeeded when PostgreSQL says that it is committed", async () => {
    const cut = line.cutAt("COMMIT\0", true);
    expect(await adding(1)).toBe(1);
    await cut;
    expect(await numbers(connection).list()).toEqual([1]);
  });

  it("has failed when PostgreSQL says that it is undone", async () => {
    const cut = line.cutAt("COMMIT\0", false);
    await expect(adding(2)).rejects.toMatchObject({ code: "store_unavailable" });
    await cut;
    expect(await numbers(connection).list()).toEqual([1]);
  });

  it("is told as unknown while PostgreSQL cannot be asked", async () => {
    const cut = line.cutAt("COMMIT\0", true).then(() => line.set("cut"));
    const failure = await adding(3).catch((thrown: unknown) => thrown);
    await cut;
    expect(failure).toBeInstanceOf(FateUnknown);
    expect(failure).toMatchObject({ code: "store_unavailable" });
    line.set("whole");
    // PostgreSQL carries out what it has read.
    await eventually("it is committed", async () => ((await numbers(connection).list()).length === 2 ? true : null));
    // A look finds it out, and whoever remembers something is told to read it again.
    const changed = connection.changedElsewhere("leases");
    expect(changed()).toBe(false);
    expect(await found(failure as FateUnknown)).toBe(true);
    expect([changed(), changed()]).toEqual([true, false]);
  });

  it("is known to be undone when PostgreSQL can be asked, and nobody is told of a change", async () => {
    const cut = line.cutAt("COMMIT\0", false).then(() => line.set("cut"));
    const failure = await adding(4).catch((thrown: unknown) => thrown);
    await cut;
    line.set("whole");
    const changed = connection.changedElsewhere("leases");
    expect(await found(failure as FateUnknown)).toBe(false);
    expect(changed()).toBe(false);
  });

  it("keeps its mark as long as it is asked about, as transactions of others do for a day", async () => {
    const cut = line.cutAt("COMMIT\0", true).then(() => line.set("cut"));
    const failure: unknown = await adding(5).catch((thrown: unknown) => thrown);
    await cut;
    line.set("whole");
    await eventually("it is committed", async () => ((await numbers(connection).list()).includes(5) ? true : null));
    await server.admin(`UPDATE store_transactions SET at = now() - INTERVAL '11 minutes';
      INSERT INTO store_transactions (process, at) VALUES ('p_2', now() - INTERVAL '11 minutes');
      INSERT INTO store_transactions (process, at) SELECT 'p_3', now() - INTERVAL '25 hours' FROM generate_series(1, 2500)`);
    const left = async () => {
      await connection.purge();
      return (await server.admin("SELECT process FROM store_transactions ORDER BY process")).rows;
    };
    expect(await left()).toEqual([{ process: "p_1" }, { process: "p_2" }]);
    expect(await found(failure as FateUnknown)).toBe(true);
    expect(await left()).toEqual([{ process: "p_2" }]);
  });
});

describeWithPostgres("the PostgreSQL of tests", () => {
  it("leaves no folder behind, also when something else has ended it", async () => {
    const server = await startPostgres();
    const { rows } = await server.admin("SHOW data_directory");
    const data = String(rows[0]["data_directory"]);
    const pid = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
    process.kill(pid, "SIGKILL");
    await eventually("it is gone", () => (isAlive(pid) ? null : true));
    await server.close();
    expect(existsSync(dirname(data))).toBe(false);
  });
});
