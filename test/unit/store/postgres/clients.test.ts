import type { Socket } from "node:net";
import type { PoolClient } from "pg";
import { Clients } from "../../../../gateway/store/postgres/clients.ts";
import { pause } from "../../../support/eventually.ts";
import { type Line, lineTo } from "../../../support/postgres/line.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";
import { whileRunning } from "../../../support/running-time.ts";

const limitMs = 4_000;
const silent = "the server is silent on this connection";

function socketOf(client: object): Socket {
  return (client as { connection: { stream: Socket } }).connection.stream;
}

describeWithPostgres("connections whose way to PostgreSQL is gone without a word", () => {
  let server: PostgresServer;
  let line: Line;
  let clients: Clients;
  beforeAll(async () => {
    server = await startPostgres();
    line = await lineTo(server.port);
  });
  afterAll(async () => {
    await line.close();
    await server.close();
  });
  beforeEach(() => {
    const url = server.url().replace(`:${server.port}/`, `:${line.port}/`);
    clients = new Clients({ connectionString: url, max: 4, query_timeout: limitMs });
  });
  afterEach(() => clients.close());

  const one = () => clients.query({ text: "SELECT 1 AS one" }).then(({ rows }) => rows);
  const sleep = (ms: number) => clients.query({ text: `SELECT pg_sleep(${ms / 1_000})` });
  const openAll = () => Promise.all(Array.from({ length: 4 }, () => sleep(50)));

  it("are not used again once one statement got no answer in time", async () => {
    await openAll();
    line.abandon();
    await expect(one()).rejects.toThrow("Query read timeout");
    expect(await Promise.all([one(), one(), one(), one()])).toEqual(Array(4).fill([{ one: 1 }]));
  });

  /** Two connections, for as many attempts as a machine that stands still asks for. */
  const withTwo = (attempt: (one: PoolClient, other: PoolClient) => Promise<void>) =>
    whileRunning(async () => {
      const two = await Promise.all([clients.connect(), clients.connect()]);
      try {
        await attempt(...two);
      } finally {
        for (const client of two) client.release(true);
      }
    });

  it("are given up by what is asked over them before that, long before its own time", () =>
    withTwo(async (one, other) => {
      line.abandon();
      const first = clients.ask(one, { text: "SELECT 1" }).catch(() => performance.now());
      await pause(limitMs / 2);
      const second = clients
        .ask(other, { text: "SELECT 1" })
        .catch((failure: Error) => [failure.message, performance.now()]);
      const [silentAt, said] = await Promise.all([first, second]);
      expect(said).toEqual([expect.stringContaining(silent), expect.any(Number)]);
      expect(Number((said as unknown[])[1]) - Number(silentAt)).toBeLessThan(limitMs / 4);
    }));

  it("are given up by a transaction that asks over one of them next", async () => {
    const [one, other] = [await clients.connect(), await clients.connect()];
    line.abandon();
    await expect(clients.ask(one, { text: "SELECT 1" })).rejects.toThrow("Query read timeout");
    await expect(clients.ask(other, { text: "ROLLBACK" })).rejects.toThrow(silent);
    one.release(true);
    other.release(true);
    expect([one, other].map((client) => socketOf(client).destroyed)).toEqual([true, true]);
  });

  it("are closed without a goodbye, for which the process would wait", async () => {
    const all = await Promise.all([clients.connect(), clients.connect(), clients.connect(), clients.connect()]);
    all.forEach((client) => client.release());
    line.abandon();
    await expect(one()).rejects.toThrow("Query read timeout");
    expect(all.map((client) => socketOf(client).destroyed)).toEqual([true, true, true, true]);
  });

  it.each([
    ["an answer", "SELECT 1"],
    ["a refusal", "SELECT 1 / 0"],
  ])("leave those alone over which %s has come since", (_what, text) =>
    withTwo(async (silentOne, heard) => {
      const late = clients.ask(silentOne, { text: `SELECT pg_sleep(${(2 * limitMs) / 1_000})` }).catch(String);
      await pause(limitMs / 2);
      await clients.ask(heard, { text }).catch(() => null);
      let isPending = true;
      const asked = clients.ask(heard, { text: `SELECT pg_sleep(${(0.7 * limitMs) / 1_000})` });
      void asked.finally(() => (isPending = false)).catch(() => undefined);
      expect([await late, isPending]).toEqual([expect.stringContaining("Query read timeout"), true]);
      expect((await asked).rowCount).toBe(1);
    }),
  );

  it("leave a statement that was asked a moment ago the time for its answer", () =>
    withTwo(async (silentOne, idle) => {
      const late = clients.ask(silentOne, { text: `SELECT pg_sleep(${(2 * limitMs) / 1_000})` }).catch(String);
      await pause(limitMs - 50);
      const asked = clients.ask(idle, { text: "SELECT pg_sleep(0.1)" });
      void asked.catch(() => undefined);
      expect(await late).toContain("Query read timeout");
      expect((await asked).rowCount).toBe(1);
    }));
});

describeWithPostgres("a connection over which a statement was refused", () => {
  let server: PostgresServer;
  let clients: Clients;
  beforeAll(async () => {
    server = await startPostgres();
    clients = new Clients({ connectionString: server.url(), max: 1, query_timeout: limitMs });
  });
  afterAll(async () => {
    await clients.close();
    await server.close();
  });
  const named = { name: "one", text: "SELECT 1" };
  const backend = async () => (await clients.query({ text: "SELECT pg_backend_pid() AS pid" })).rows[0]?.["pid"];

  it.each([
    ["SELECT 1 / 0", "division by zero"],
    ["SET statement_timeout = 10; SELECT pg_sleep(5)", "statement timeout"],
  ])("is used for the next one (%s)", async (text, message) => {
    const before = await backend();
    await expect(clients.query({ text })).rejects.toThrow(message);
    expect(await backend()).toBe(before);
  });

  it("is replaced where the cause is what it had prepared, or where its server has ended it", async () => {
    await clients.query(named);
    const before = await backend();
    await clients.query({ text: "DEALLOCATE ALL" });
    await expect(clients.query(named)).rejects.toThrow("does not exist");
    const after = await backend();
    expect(after).not.toBe(before);
    expect((await clients.query(named)).rows).toHaveLength(1);
    await expect(clients.query({ text: "SELECT pg_terminate_backend(pg_backend_pid())" })).rejects.toThrow();
    expect(await backend()).not.toBe(after);
  });

  it.each([
    ["BEGIN; SELECT 1 / 0", "SELECT 1", "transaction is aborted"],
    ["BEGIN", "VACUUM", "cannot run inside a transaction block"],
  ])("is replaced where somebody has left a transaction open in it (%s)", async (left, next, message) => {
    const before = await backend();
    await clients.query({ text: left }).catch(() => null);
    await expect(clients.query({ text: next })).rejects.toThrow(message);
    expect(await backend()).not.toBe(before);
  });

  it("is replaced where a statement with a name was refused before it was prepared", async () => {
    const before = await backend();
    await expect(clients.query({ name: "early", text: "SELECT * FROM later" })).rejects.toThrow("does not exist");
    expect(await backend()).not.toBe(before);
    const divides = { name: "divides", text: "SELECT 1 / $1::int", values: [0] };
    const after = await backend();
    await expect(clients.query(divides)).rejects.toThrow("division by zero");
    expect(await backend()).toBe(after);
  });
});
