import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { openPostgres } from "../../../gateway/store/postgres/open.ts";
import { inParts, purging } from "../../../gateway/store/purging.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../support/postgres/server.ts";

describe("what is removed from a table of a file", () => {
  it.each(["", ", WITHOUT ROWID"])("is all of it, in parts between which others come in (STRICT%s)", async (kind) => {
    const database = openDatabase(":memory:");
    const connection = new Connection(database);
    connection.define(`CREATE TABLE kept (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) STRICT${kind}`);
    for (let n = 1; n <= 105; n += 1) database.exec(`INSERT INTO kept VALUES (${n % 2}, ${n})`);
    const count = () => Number(database.prepare("SELECT count(*) AS n FROM kept").get()?.["n"]);
    const purge = purging(connection, "kept", "b < ?", { key: kind === "" ? "rowid" : "a, b", atOnce: 10 });
    const removed = purge(101);
    await new Promise(setImmediate);
    expect(count()).toBeGreaterThan(5);
    expect([await removed, count(), await purge(101)]).toEqual([100, 5, 0]);
    database.close();
  });

  it("is looked for once more only after a part that was whole", async () => {
    const parts = [10, 10, 3];
    const remove = inParts(async () => parts.shift() ?? NaN, 10);
    expect([await remove(), parts]).toEqual([23, []]);
  });

  it("is left to the next time after a hundred parts", async () => {
    let parts = 0;
    const remove = inParts(async () => {
      parts += 1;
      return 10;
    }, 10);
    expect([await remove(), parts]).toEqual([1_000, 100]);
  });
});

describeWithPostgres("what is removed from a table that calls write", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    await server.admin("CREATE TABLE kept (n BIGINT PRIMARY KEY)");
  });
  afterAll(() => server.close());

  it("is all of it, in parts, but for rows that somebody has locked", async () => {
    const { connection } = await openPostgres(() => server.url(), "p_1");
    const purge = purging(connection, "kept", "n < ?", { atOnce: 10 });
    await server.admin("INSERT INTO kept SELECT generate_series(1, 105)");
    const step = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holder = connection.within(async () => {
      await connection.prepare("SELECT n FROM kept WHERE n = 50 FOR UPDATE").get();
      locked.resolve();
      await step.promise;
    });
    await locked.promise;
    expect(await purge(101)).toBe(99);
    step.resolve();
    await holder;
    expect((await server.admin("SELECT n::int FROM kept ORDER BY n")).rows.map(({ n }) => n)).toEqual([
      50, 101, 102, 103, 104, 105,
    ]);
    expect([await purge(101), await purge(101)]).toEqual([1, 0]);
    await connection.close();
  });
});
