import { openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { purging } from "../../../../gateway/store/postgres/purging.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";

describeWithPostgres("what is removed from a table that calls write", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    await server.admin("CREATE TABLE kept (n BIGINT PRIMARY KEY)");
  });
  afterAll(() => server.close());

  it("is all of it, in parts, but for rows that somebody has locked", async () => {
    const { connection } = await openPostgres(() => server.url(), "p_1");
    const purge = purging(connection, "kept", "n < ?", 10);
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
