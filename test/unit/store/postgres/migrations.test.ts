import type { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { eventually } from "../../../support/eventually.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";

const told = ["approvals", "definitions", "definitions_accepted", "end_notices", "outside_signals", "revocations"];

describeWithPostgres("the migration that adds triggers, beside gateways that write", () => {
  let server: PostgresServer;
  const open: PostgresConnection[] = [];
  const connect = async (name: string, ms = 10_000): Promise<PostgresConnection> => {
    const { connection } = await openPostgres(() => server.url(), name, { statement_timeout: ms });
    open.push(connection);
    return connection;
  };
  const triggers = async (): Promise<string[]> =>
    (await server.admin("SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'tell_change'")).rows
      .map(({ name }: { name: string }) => name)
      .sort();
  /** A transaction that has run `statements`, and stays open until it is ended, with the test at the latest. */
  const ends: (() => void)[] = [];
  const transaction = async (writer: PostgresConnection, statements: string) => {
    const [isOpen, end] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    const ended = writer.within(async () => {
      await writer.execute(statements);
      isOpen.resolve();
      await writer.execute(await end.promise);
    });
    ends.push(() => end.resolve("SELECT 1"));
    await Promise.race([isOpen.promise, ended]);
    return async (last: string): Promise<void> => {
      end.resolve(last);
      await ended;
    };
  };
  const waitsForLock = (since = "0 ms") =>
    eventually("the migration waits for a table", async () => {
      const waiting = await server.admin(
        `SELECT FROM pg_stat_activity WHERE application_name = 'migration' AND wait_event_type = 'Lock'
           AND clock_timestamp() - query_start > '${since}'`,
      );
      return waiting.rowCount === 0 ? null : true;
    });

  beforeAll(async () => {
    server = await startPostgres();
    await migrate(await connect("first"));
  });
  beforeEach(async () => {
    await server.admin("DROP FUNCTION sallyport_tell_change CASCADE; DELETE FROM store_schema WHERE version >= 10");
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });
  afterAll(async () => {
    await Promise.all(open.map((connection) => connection.close()));
    await server.close();
  });

  it("waits for an open transaction, holds up nobody who writes meanwhile, and then is complete", async () => {
    const migration = await connect("migration");
    const end = await transaction(await connect("writer"), "UPDATE approvals SET changed = changed");
    const migrating = migrate(migration);
    await waitsForLock();
    const gateway = await connect("gateway", 2_000);
    await gateway.execute("INSERT INTO revocations (id, body) VALUES ('k', '{}')");
    await gateway.execute("UPDATE approvals SET changed = changed");
    expect(await triggers()).not.toContain("approvals");
    await end("SELECT 1");
    expect(await migrating).toEqual([10, 11, 12]);
    expect(await triggers()).toEqual(told);
  });

  it("undoes no acceptance of a definition that has begun, in whatever order it writes", async () => {
    const definition = "'s', 'tool', 'n', 'd'";
    await server.admin(`INSERT INTO definitions (server, kind, name, digest, definition) VALUES (${definition}, '{}')`);
    const migration = await connect("migration");
    const end = await transaction(
      await connect("writer"),
      `INSERT INTO definitions_accepted (server, kind, name, digest, former, by, at) VALUES (${definition}, 'd', 'x', 1)`,
    );
    const migrating = migrate(migration);
    await waitsForLock();
    await end("UPDATE definitions SET digest = 'e'");
    expect(await migrating).toEqual([10, 11, 12]);
    expect(await triggers()).toEqual(told);
  });

  it("is not broken off by a limit for statements that its user has", async () => {
    const end = await transaction(await connect("writer"), "UPDATE approvals SET changed = changed");
    await server.admin(`ALTER ROLE ${server.user} SET statement_timeout = '100ms'`);
    const { connection } = await openPostgres(() => server.url(), "migration");
    open.push(connection);
    await server.admin(`ALTER ROLE ${server.user} RESET statement_timeout`);
    expect((await connection.prepare("SHOW statement_timeout").get())?.["statement_timeout"]).toBe("100ms");
    const migrating = migrate(connection);
    await Promise.race([migrating, waitsForLock("300 ms")]);
    await end("SELECT 1");
    expect(await migrating).toEqual([10, 11, 12]);
  });

  it("ends when it is run again after it was broken off", async () => {
    await server.admin(
      "CREATE FUNCTION sallyport_tell_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    );
    await server.admin(
      "CREATE TRIGGER tell_change AFTER INSERT ON revocations FOR EACH ROW EXECUTE FUNCTION sallyport_tell_change()",
    );
    expect(await migrate(await connect("migration"))).toEqual([10, 11, 12]);
    expect(await triggers()).toEqual(told);
  });
});
