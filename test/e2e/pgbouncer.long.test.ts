/** Two gateways behind a PgBouncer in transaction mode: what they start with, and what follows when it, or the database behind it, is away. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../../gateway/store/postgres/migrations.ts";
import { openGatewayStore, openPostgres } from "../../gateway/store/postgres/open.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithPgBouncer, limitOfUser, type PooledServer, startPooled } from "../support/postgres/pooler.ts";
import { heldId } from "../verify/approvals/world/caller.ts";
import { type House, openHouse } from "../verify/approvals/world/house.ts";

const transfers = "/payments/v1/transfers";
const customers = "/payments/v1/customers/read";

describeWithPgBouncer("two gateways behind PgBouncer in transaction mode", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-pgbouncer-"));
  let server: PooledServer;
  let house: House;
  beforeAll(async () => {
    server = await startPooled();
    const { connection } = await openPostgres(() => server.url(), "migration");
    await migrate(connection);
    await connection.close();
    const file = join(folder, "store.url");
    writeFileSync(file, server.url());
    house = await openHouse({ gateways: 2, sections: { store: { postgres: { url: `file:${file}` } } } });
  });
  afterAll(async () => {
    await house?.close();
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  it("do not start where the user has no limits, and start where it has", async () => {
    const settings = { pool: 2, statementTimeoutMs: 5_000, watch: { monotonic: () => 0, took: () => undefined } };
    const open = () => openGatewayStore(() => server.url(), "p_1", settings);
    await server.admin(`ALTER ROLE ${server.user} RESET statement_timeout`);
    await server.pooler.command("RECONNECT");
    await expect(open()).rejects.toThrow("is behind a pooler that drops statement_timeout");
    await server.admin(`ALTER ROLE ${server.user} SET statement_timeout = '${limitOfUser}'`);
    await server.pooler.command("RECONNECT");
    await (await open()).connection.close();
  });

  const outages: readonly [what: string, end: () => Promise<void>, again: () => Promise<void>][] = [
    ["the pooler is stopped", () => server.pooler.end("SIGQUIT"), () => server.pooler.startAgain()],
    ["the pooler is killed", () => server.pooler.end("SIGKILL"), () => server.pooler.startAgain()],
    ["the database behind it is stopped", () => server.end("SIGINT"), () => server.startAgain()],
    ["the database behind it is killed", () => server.end("SIGQUIT"), () => server.startAgain()],
  ];

  it.each(outages)(
    "refuse every call while %s, execute nothing twice, and go on by themselves",
    async (what, end, again) => {
      // One for each gateway: where a session's values came from is known at one at a time.
      const [known, other, mover] = await Promise.all(
        ["known", "other", "mover"].map((sub) => house.issuer.token({ sub: `${sub} ${what}` })),
      );
      const call = (at: 0 | 1, token: string, item: string, path = customers) =>
        house.gateways[at]!.caller.call({ path, token, json: { item } });
      const reads = (item: string) => Promise.all([call(0, known!, item), call(1, other!, item)]);
      const held = heldId(await call(0, mover!, what, transfers)) ?? "";
      await (await house.gateways[1]!.person()).vote(held);
      await end();
      for (const at of [0, 1] as const) {
        const refused = [...(await reads(`during ${what}`)), await call(at, mover!, what, transfers)];
        for (const { status, body } of refused) expect([status, body["code"]]).toEqual([503, "store_unavailable"]);
      }
      await again();
      await eventually("calls are let through at both", async () =>
        (await reads(`after ${what}`)).every(({ status }) => status === 200) ? true : null,
      );
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => call(at % 2 === 0 ? 0 : 1, mover!, what, transfers)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect([what, `during ${what}`].map((item) => house.upstream.count(item))).toEqual([1, 0]);
    },
  );
});
