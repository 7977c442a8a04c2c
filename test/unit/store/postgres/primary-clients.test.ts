import { EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PoolConfig } from "pg";
import { revocationStore } from "../../../../gateway/store/call-state.ts";
import type { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { openGatewayStore } from "../../../../gateway/store/postgres/open.ts";
import { PrimaryClients } from "../../../../gateway/store/postgres/primary-clients.ts";
import { eventually, pause } from "../../../support/eventually.ts";
import { startMigrated } from "../../../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../../../support/postgres/server.ts";

/** A client of a server that takes its time for every answer. */
class SlowClient extends EventEmitter {
  readonly _queryable = true;
  readonly connection = { stream: { destroy() {} } };
  connect(done: () => void): void {
    setTimeout(done, 5);
  }
  async query(): Promise<{ rows: object[] }> {
    await pause(150);
    return { rows: [{ standby: false }] };
  }
  end(done?: () => void): void {
    setImmediate(() => done?.());
  }
}

test("a connection is there for the next when whoever waited for it has given up", async () => {
  const Client = SlowClient as unknown as NonNullable<PoolConfig["Client"]>;
  const clients = new PrimaryClients({ max: 1, connectionTimeoutMillis: 200, Client });
  clients.needPrimary();
  const one = await clients.connect();
  // It gets the new connection shortly before its time is over.
  const waiting = clients.query({ text: "SELECT 1" }).then(
    () => "served",
    () => "given up",
  );
  setTimeout(() => one.release(true), 100);
  expect(["served", "given up"]).toContain(await waiting);
  for (let times = 0; times < 3; times += 1) expect((await clients.query({ text: "SELECT 1" })).rows).toHaveLength(1);
});

describeWithPostgres("a store whose server comes back as a standby", () => {
  let server: PostgresServer;
  let connection: PostgresConnection;
  beforeEach(async () => {
    server = await startMigrated();
    const watch = { monotonic: () => 0, took: () => undefined };
    const opened = await openGatewayStore(() => server.url(), "p_1", { pool: 4, statementTimeoutMs: 30_000, watch });
    connection = opened.connection;
  });
  afterEach(async () => {
    await connection.close();
    await server.close();
  });

  async function demote(): Promise<void> {
    const folder = String((await server.admin("SHOW data_directory")).rows[0]["data_directory"]);
    await server.end("SIGINT");
    writeFileSync(join(folder, "standby.signal"), "");
    await server.startAgain();
  }
  const unavailable = { code: "store_unavailable" };
  const answer = () => connection.prepare("SELECT pg_is_in_recovery() AS standby").get();
  /** Connections that the end of the server has ended are replaced. */
  const answers = () => eventually("it answers", () => answer().catch(() => null));

  it("is not read, before a look as well, until that is promoted", async () => {
    const revocations = revocationStore(connection);
    expect(await revocations.list()).toEqual([]);
    await demote();
    expect(await answers()).toEqual({ standby: true });
    for (let times = 0; times < 5; times += 1) {
      await expect(revocations.list()).rejects.toThrow("a standby answers");
      await expect(connection.atomically("tasks", async () => 1)).rejects.toMatchObject(unavailable);
    }
    await expect(connection.look()).rejects.toThrow("a standby answers");
    await expect(revocations.list()).rejects.toMatchObject(unavailable);
    await server.admin("SELECT pg_promote()");
    // The connections that were opened to the standby are not taken for such any more.
    await connection.look();
    expect(await Promise.all([revocations.list(), revocations.list(), revocations.list()])).toEqual([[], [], []]);
    expect(await connection.atomically("tasks", async () => 1)).toBe(1);
  });

  it("is read where nobody looks, so that it can be said what is wrong", async () => {
    await demote();
    const clients = new PrimaryClients({ connectionString: server.url() });
    expect((await clients.query({ text: "SELECT 1 AS one" })).rows).toEqual([{ one: 1 }]);
    clients.needPrimary();
    await expect(clients.query({ text: "SELECT 1 AS one" })).rejects.toMatchObject(unavailable);
    await clients.close();
  });

  it("is not read from a look that a standby has answered until a later one succeeds, where a pooler hides the restart", async () => {
    // Open connections are answered by a standby from one statement to the next.
    await server.admin(`CREATE TABLE answering (standby) AS SELECT false;
      CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT standby FROM public.answering';
      ALTER ROLE ${server.user} SET search_path = public, pg_catalog`);
    const watch = { monotonic: () => 0, took: () => undefined };
    const pooled = await openGatewayStore(() => server.url(), "p_2", { pool: 1, statementTimeoutMs: 30_000, watch });
    const revocations = revocationStore(pooled.connection);
    await server.admin("UPDATE answering SET standby = true");
    expect(await revocations.list()).toEqual([]);
    await expect(pooled.connection.look()).rejects.toThrow("a standby answers");
    await expect(revocations.list()).rejects.toThrow("a standby answers");
    await expect(pooled.connection.within(async () => 1)).rejects.toThrow("a standby answers");
    await server.admin("UPDATE answering SET standby = false");
    await expect(revocations.list()).rejects.toMatchObject(unavailable);
    await pooled.connection.look();
    expect(await revocations.list()).toEqual([]);
    await pooled.connection.close();
  });
});
