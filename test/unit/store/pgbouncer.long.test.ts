import { openPostgres } from "../../../gateway/store/postgres/open.ts";
import { describeWithPgBouncer, type PooledServer, startPooled } from "../../support/postgres/pooler.ts";
import { describeStoresInPostgres } from "../../support/store-contracts/in-postgres.ts";
import { postgresStores } from "../../support/store-contracts/postgres.ts";

describeWithPgBouncer("with a store behind PgBouncer in transaction mode,", () =>
  describeStoresInPostgres(postgresStores(startPooled)),
);

describeWithPgBouncer("a statement that was refused before it was prepared, behind PgBouncer", () => {
  let server: PooledServer;
  beforeAll(async () => {
    server = await startPooled();
  });
  afterAll(() => server.close());

  it.each(["by itself", "in a transaction"])("is carried out the next time, %s", async (how) => {
    const { connection } = await openPostgres(() => server.url(), "p_1", { max: 1 });
    const table = how.replaceAll(" ", "_");
    const statement = connection.prepare(`SELECT n FROM ${table}`);
    const ask = () => (how === "by itself" ? statement.all() : connection.within(() => statement.all()));
    await expect(ask()).rejects.toThrow("does not exist");
    await server.admin(`CREATE TABLE ${table} AS SELECT 1 AS n`);
    expect([await ask(), await ask()]).toEqual([[{ n: 1 }], [{ n: 1 }]]);
    await connection.close();
  });
});
