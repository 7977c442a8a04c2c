import pg from "pg";
import { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { assertUsable } from "../../../../gateway/store/postgres/start-checks.ts";
import { startMigrated } from "../../../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../../../support/postgres/server.ts";

const limits = { statement_timeout: 2_000, idle_in_transaction_session_timeout: 3_000 };

describeWithPostgres("a store behind a pooler that drops what a connection asks for at its start", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startMigrated();
    await server.admin("CREATE ROLE \"Pooled\" LOGIN SUPERUSER PASSWORD 'p'");
  });
  afterAll(() => server.close());

  /** What the start check says of a role with these settings. */
  async function checked(settings: Readonly<Record<string, string>>): Promise<unknown> {
    await server.admin('ALTER ROLE "Pooled" RESET ALL');
    for (const [name, value] of Object.entries(settings))
      await server.admin(`ALTER ROLE "Pooled" SET ${name} = '${value}'`);
    const connectionString = server.url().replace(/\/\/[^@]*@/, "//Pooled:p@");
    class Dropping extends pg.Client {
      constructor() {
        super({ connectionString, application_name: "p_1" });
      }
    }
    const connection = new PostgresConnection({ ...limits, Client: Dropping }, "p_1");
    const said = await assertUsable(connection, "here", "p_1", limits).catch((failure: unknown) => failure);
    await connection.close();
    return said;
  }
  const kept = { statement_timeout: "2s", idle_in_transaction_session_timeout: "3s" };

  it("is used where the user has limits that are not longer", async () => {
    expect(await checked(kept)).toBeUndefined();
    expect(await checked({ statement_timeout: "1s", idle_in_transaction_session_timeout: "1s" })).toBeUndefined();
  });

  it.each([
    ["no limits", {}, "statement_timeout, idle_in_transaction_session_timeout"],
    ["a longer limit of statements", { ...kept, statement_timeout: "2001ms" }, "statement_timeout"],
    [
      "no limit of idle transactions",
      { ...kept, idle_in_transaction_session_timeout: "0" },
      "idle_in_transaction_session_timeout",
    ],
    [
      "a stricter isolation",
      { ...kept, default_transaction_isolation: "repeatable read" },
      "default_transaction_isolation",
    ],
  ])("is store_refused where the user has %s", async (_what, settings, names) => {
    const refused = await checked(settings);
    expect(refused).toMatchObject({ code: "store_refused" });
    expect(String(refused)).toContain(
      `the store (here) is behind a pooler that drops ${names}: set it for the user, ALTER ROLE "Pooled" SET ${names.split(", ")[0]} = '`,
    );
  });

  it("is used once the user has what the refusal says", async () => {
    const refused = await checked({ default_transaction_isolation: "serializable" });
    const fixes = [...String(refused).matchAll(/SET (\w+) = '([^']+)'/g)].map(([, name, value]) => [name, value]);
    expect(fixes).toHaveLength(3);
    expect(await checked(Object.fromEntries(fixes) as Record<string, string>)).toBeUndefined();
  });
});
