import { Clients } from "../../../../gateway/store/postgres/clients.ts";
import { pause } from "../../../support/eventually.ts";
import { type Line, lineTo } from "../../../support/postgres/line.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";

const limitMs = 2_000;

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

  it("are given up by what is asked over them then, long before its own time", async () => {
    await openAll();
    line.abandon();
    const first = one().catch(() => performance.now());
    await pause(limitMs / 2);
    const second = one().catch((failure: Error) => `${failure.message} ${performance.now()}`);
    const [silentAt, said] = await Promise.all([first, second]);
    expect(said).toContain("the server is silent on this connection");
    expect(Number(String(said).split(" ").at(-1)) - Number(silentAt)).toBeLessThan(limitMs / 4);
  });

  it.each([
    ["an answer", "SELECT 1"],
    ["a refusal", "SELECT 1 / 0"],
  ])("leave those alone over which %s has come since", async (_what, text) => {
    const [silent, heard] = [await clients.connect(), await clients.connect()];
    const late = clients.ask(silent, { text: `SELECT pg_sleep(${(2 * limitMs) / 1_000})` }).catch(String);
    await pause(limitMs / 2);
    await clients.ask(heard, { text }).catch(() => null);
    const asked = clients.ask(heard, { text: `SELECT pg_sleep(${(0.7 * limitMs) / 1_000})` });
    expect(await late).toContain("Query read timeout");
    expect((await asked).rowCount).toBe(1);
    silent.release(true);
    heard.release();
  });
});
