import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../../gateway/compose/open-store.ts";
import type { Config } from "../../../gateway/config/config.ts";
import { Background } from "../../../gateway/compose/background.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import type { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../../support/eventually.ts";
import { startMigrated } from "../../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../../support/postgres/server.ts";
import { quiet } from "../../support/quiet.ts";

const untimed = { monotonic: () => 0, took: () => undefined };
const folder = mkdtempSync(join(tmpdir(), "sallyport-open-store-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a store in a file has its keys beside it, and shares no memory", async () => {
  const store = { sqlite: join(folder, "sallyport.db") };
  const opened = await openStore({ store } as Config, "p_1", untimed);
  const key = await opened.signingKey("approval-receipts");
  const again = await opened.signingKey("approval-receipts");
  expect([key.publicKeys, opened.shared]).toEqual([again.publicKeys, null]);
  await opened.close();
});

describeWithPostgres("a store in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startMigrated();
  });
  afterAll(() => server.close());

  /** `url` may change while it is open. */
  const configOf = (url: () => string, pool = 4, statementTimeoutMs = 30_000): Config =>
    ({
      store: { postgres: { urlReference: "env:U", pool, statementTimeoutMs } },
      secret: url,
    }) as unknown as Config;
  const open = (process: string, url: () => string = () => server.url()) => openStore(configOf(url), process, untimed);

  it("is opened once its tables are those of this version", async () => {
    await server.admin("CREATE DATABASE empty");
    const empty = open("p_1", () => server.url("empty"));
    await expect(empty).rejects.toMatchObject({ code: "store_schema" });
    await expect(empty).rejects.toThrow("the store has no tables yet: run sallyport store migrate");
  });

  it.each([
    ["store_refused", () => server.url().replace(/:[^:@]*@/, ":wrong@"), "correct the user and password"],
    ["store_refused", () => server.url("nowhere"), "create the database"],
    ["store_address", () => "postgres://localhost", "lacks a user, a host or a database"],
  ] as readonly [string, () => string, string][])("that is not there is %s", async (code, url, fix) => {
    const failed = open("p_1", url);
    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.toThrow(fix);
  });

  it("whose user may not write a table is store_rights", async () => {
    await server.admin("CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    const url = () => server.url().replace(/\/\/[^@]*@/, "//reader:r@");
    await expect(open("p_1", url)).rejects.toMatchObject({ code: "store_rights" });
    await expect(open("p_1", url)).rejects.toThrow(/table \w+: grant it SELECT, INSERT, UPDATE, DELETE/);
  });

  it("whose user may not lock the rows of areas is store_rights", async () => {
    await server.admin(`CREATE ROLE few LOGIN PASSWORD 'f'; GRANT ALL ON ALL TABLES IN SCHEMA public TO few;
      REVOKE UPDATE ON store_areas FROM few`);
    const failed = open("p_1", () => server.url().replace(/\/\/[^@]*@/, "//few:f@"));
    await expect(failed).rejects.toMatchObject({ code: "store_rights" });
    await expect(failed).rejects.toThrow("the table store_areas");
  });

  it("that can only be read is store_refused", async () => {
    await server.admin(`CREATE ROLE only_reads LOGIN SUPERUSER PASSWORD 'o';
      ALTER ROLE only_reads SET default_transaction_read_only = on`);
    const failed = open("p_1", () => server.url().replace(/\/\/[^@]*@/, "//only_reads:o@"));
    await expect(failed).rejects.toMatchObject({ code: "store_refused" });
    await expect(failed).rejects.toThrow("default_transaction_read_only is on");
  });

  it("that does not keep the whole name of a gateway is store_refused", async () => {
    const failed = open(`p_${"x".repeat(70)}`);
    await expect(failed).rejects.toMatchObject({ code: "store_refused" });
    await expect(failed).rejects.toThrow("does not keep application_name");
  });

  it("whose connections are closed at once is store_unreachable", async () => {
    const closing = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(closing, "listening");
    const { port } = closing.address() as AddressInfo;
    const failed = open("p_1", () => `postgres://u:p@127.0.0.1:${port}/db`);
    await expect(failed).rejects.toMatchObject({ code: "store_unreachable" });
    closing.close();
  });

  it.each([
    [900, "1s"],
    [2_000, "2s"],
    [60_000, "5s"],
  ])("of statements of %d ms ends a transaction whose process stands still after %s", async (statementMs, after) => {
    const store = await openStore(
      configOf(() => server.url(), 4, statementMs),
      "p_1",
      untimed,
    );
    const shown = await (store.connection as PostgresConnection)
      .prepare("SHOW idle_in_transaction_session_timeout")
      .get();
    expect(shown).toEqual({ idle_in_transaction_session_timeout: after });
    await store.close();
  });

  it("that may lose what it has confirmed is store_refused", async () => {
    await server.admin("CREATE ROLE hasty LOGIN SUPERUSER PASSWORD 'h'; ALTER ROLE hasty SET synchronous_commit = off");
    const failed = open("p_1", () => server.url().replace(/\/\/[^@]*@/, "//hasty:h@"));
    await expect(failed).rejects.toMatchObject({ code: "store_refused" });
    await expect(failed).rejects.toThrow("synchronous_commit is off for this user and database; set it to on");
  });

  it("that nobody answers for is store_unreachable", async () => {
    const port = await freePort();
    const failed = open("p_1", () => `postgres://u:p@127.0.0.1:${port}/db`);
    await expect(failed).rejects.toMatchObject({ code: "store_unreachable" });
  });

  it("has one key for all, and sees what others change while it is watched", async () => {
    const [one, other] = [await open("p_1"), await open("p_2")];
    const keys = await Promise.all([one, other].map((store) => store.signingKey("approval-receipts")));
    expect(keys[0]!.publicKeys).toEqual(keys[1]!.publicKeys);
    const background = new Background(quiet, one.within);
    const stop = await one.watch(background, quiet);
    const changed = revocationStore(one.connection).changedElsewhere;
    await eventually("all that there was is seen", () => (changed() ? null : true));
    await server.admin("SET application_name = 'p_2'; INSERT INTO revocations (id, body) VALUES ('r_1', '{}')");
    await eventually("the revocation is seen", () => (changed() ? true : null));
    expect(background.findings()).toEqual([]);
    await stop();
    await Promise.all([one.close(), other.close()]);
  });

  it("that went back is asked nothing any more, and that is a finding", async () => {
    const store = await open("p_4");
    const background = new Background(quiet, store.within);
    const stop = await store.watch(background, quiet);
    store.wentBack("it is an older one");
    const refused = { code: "store_unavailable", detail: expect.stringContaining("it is an older one") };
    await expect(store.connection.prepare("SELECT 1").get()).rejects.toMatchObject(refused);
    await expect(store.connection.atomically("approvals", async () => 1)).rejects.toMatchObject(refused);
    const finding = await eventually("the finding", () => background.findings()[0] ?? null);
    expect(finding).toMatchObject({ name: "store-changes", severity: "unready" });
    await stop();
    await store.close();
  });

  it("reads its address anew for each new connection, and keeps the one before while the file is not there", async () => {
    let url = server.url();
    const store = await open("p_3", () => {
      if (url === "") throw new Error("the file is gone");
      return url;
    });
    const end = () =>
      server.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'p_3'");
    const one = store.connection.prepare("SELECT current_user AS name");
    const name = () =>
      eventually("it answers", () =>
        one.get().then(
          (row) => row?.["name"],
          () => null,
        ),
      );
    await server.admin("CREATE ROLE second LOGIN SUPERUSER PASSWORD 'other'");
    url = server.url().replace(/\/\/[^@]*@/, "//second:other@");
    await end();
    expect(await name()).toBe("second");
    url = "";
    await end();
    expect(await name()).toBe("second");
    await store.close();
  });
});
