import pg from "pg";
import type { Logger } from "../../../../gateway/domain/ports.ts";
import { approvalStore } from "../../../../gateway/store/approvals.ts";
import { revocationStore } from "../../../../gateway/store/call-state.ts";
import type { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { Notifications } from "../../../../gateway/store/postgres/notifications.ts";
import { heartbeat, openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { eventually } from "../../../support/eventually.ts";
import { startMigrated } from "../../../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../../../support/postgres/server.ts";
import { quiet } from "../../../support/quiet.ts";
import { approved, heldItem, released } from "../../../support/store-contracts/approval-items.ts";

const revocation = (id: string) =>
  ({ id, kind: "gateway", issuer: null, target: null, reason: "incident", by: "carol", at: 1, until: null }) as const;

/** A logger that keeps what it is told. */
function kept() {
  const lines: string[] = [];
  const logger: Logger = {
    ...quiet,
    info: (message) => lines.push(message),
    warn: (message, fields) => lines.push(`${message}: ${String(fields?.["reason"])}`),
  };
  return { lines, logger };
}

test("LISTEN that is refused is said once, and asked for again with each check", async () => {
  const refusal = Object.assign(new pg.DatabaseError("LISTEN is not supported", 1, "error"), { code: "0A000" });
  let asked = 0;
  const heart = {
    execute() {
      asked += 1;
      return Promise.reject(refusal);
    },
  } as unknown as PostgresConnection;
  const connection = heart;
  const notifications = new Notifications("p_1");
  const { lines, logger } = kept();
  for (const listens of [1, 2, 3]) {
    await notifications.listen(heart, connection);
    await notifications.listen(heart, connection);
    expect(asked).toBe(listens);
    await notifications.check(connection, logger);
  }
  expect(lines).toEqual([expect.stringMatching(/looked for, ten times a second: LISTEN is not supported$/)]);
  expect(notifications.isNotified()).toBe(false);
});

test("what cannot be sent is told apart from what does not arrive", async () => {
  const heart = { execute: () => Promise.resolve() } as unknown as PostgresConnection;
  const run = () => Promise.reject(new Error("the pool is empty"));
  const notifications = new Notifications("p_1");
  await notifications.listen(heart, { prepare: () => ({ run }) } as unknown as PostgresConnection);
  const { lines, logger } = kept();
  await notifications.check(heart, logger);
  expect(lines).toEqual([expect.stringMatching(/ten times a second: nothing can be sent: the pool is empty$/)]);
});

describeWithPostgres("a gateway that listens to its store in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startMigrated();
  });
  afterAll(() => server.close());
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await server.admin("DELETE FROM revocations; DELETE FROM approvals");
  });

  async function gateway(process: string, database?: string) {
    const { connection } = await openPostgres(() => server.url(), process);
    const heart = heartbeat(() => server.url(database), process);
    closing.push(async () => void (await Promise.all([connection.close(), heart.connection.close()])));
    let told = 0;
    heart.notifications.onNotified(() => (told += 1));
    return {
      connection,
      notifications: heart.notifications,
      told: () => told,
      beat: () => heart.connection.prepare("SELECT 1").get(),
      listen: () => heart.notifications.listen(heart.connection, connection),
    };
  }

  async function listening(process: string) {
    const one = await gateway(process);
    await one.listen();
    await eventually("it hears itself", () => (one.notifications.isNotified() ? true : null));
    return { ...one, heardSince: tolds(one.told) };
  }

  /** How often it was told since the call before. */
  function tolds(told: () => number) {
    let before = told();
    return () => {
      const since = told() - before;
      before = told();
      return since;
    };
  }

  it("is told what others change when that is committed, and neither what is undone nor its own changes", async () => {
    const [one, other] = [await listening("p_1"), await listening("p_2")];
    const [revocations, own] = [revocationStore(one.connection), revocationStore(other.connection)];
    const undone = one.connection.atomically("access", async () => {
      await one.connection.prepare("DELETE FROM revocations").run();
      await one.connection.prepare("INSERT INTO revocations (id, body) VALUES ('k_0', '{}')").run();
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    await own.add(revocation("k_1"));
    await revocations.add(revocation("k_2"));
    // They arrive in the order of their transactions.
    await eventually("it is told", () => (other.told() > 1 ? true : null));
    await eventually("the other one is told", () => (one.told() > 1 ? true : null));
    expect([one.heardSince(), other.heardSince()]).toEqual([1, 1]);
  });

  it("is told of a decision about a held call, and neither that it is held nor that it is sent", async () => {
    const [one, other] = [await listening("p_1"), await listening("p_2")];
    const approvals = approvalStore(one.connection);
    await approvals.insert(heldItem("a_1"));
    await approvals.move("a_1", approved(5), 5);
    await approvals.move("a_1", released(7), 7, "p_1");
    await revocationStore(one.connection).add(revocation("k_3"));
    await eventually("it is told of both", () => (other.told() > 2 ? true : null));
    expect(other.heardSince()).toBe(2);
  });

  it("listens again with the next beat when its connection is lost, and looks at once for what it has missed", async () => {
    const one = await listening("p_1");
    const { lines, logger } = kept();
    await one.notifications.check(one.connection, logger);
    await server.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
    await eventually("the loss is noticed", () => (one.notifications.isNotified() ? null : true));
    expect(one.heardSince()).toBe(0);
    await one.notifications.check(one.connection, logger);
    await eventually("it beats again", () => one.beat().catch(() => null));
    await one.listen();
    await eventually("it hears itself", () => (one.notifications.isNotified() ? true : null));
    expect(one.heardSince()).toBe(1);
    await one.notifications.check(one.connection, logger);
    expect(lines).toEqual([
      expect.stringMatching(/looked for, ten times a second: the connection that listened was lost$/),
      "the database tells of what other gateways change",
    ]);
  });

  it("says once that nothing arrives, as behind a pooler", async () => {
    // Notifications are of one database: what is sent in another does not arrive.
    await server.admin("CREATE DATABASE elsewhere");
    const { lines, logger } = kept();
    const one = await gateway("p_1", "elsewhere");
    for (let check = 0; check < 3; check += 1) {
      await one.listen();
      await one.notifications.check(one.connection, logger);
    }
    expect(lines).toEqual([expect.stringMatching(/what is sent does not arrive/)]);
    expect(one.notifications.isNotified()).toBe(false);
  });
});
