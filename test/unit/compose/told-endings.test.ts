import { openEndings } from "../../../gateway/compose/open-endings.ts";
import { openStore } from "../../../gateway/compose/open-store.ts";
import type { Config } from "../../../gateway/config/config.ts";
import { Background } from "../../../gateway/compose/background.ts";
import type { Job } from "../../../gateway/domain/ports.ts";
import { processStore } from "../../../gateway/store/processes.ts";
import { systemClock, systemIds } from "../../../gateway/compose/clock-and-ids.ts";
import { eventually } from "../../support/eventually.ts";
import { startMigrated } from "../../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../../support/postgres/server.ts";
import { quiet } from "../../support/quiet.ts";

/** Its timers never come: what runs is what was told of. */
class WithoutPolls extends Background {
  override every(_ms: number, job: Job): () => Promise<void> {
    return super.every(3_600_000, job);
  }
}

describeWithPostgres("a gateway whose polls never come", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startMigrated();
  });
  afterAll(() => server.close());

  const config = {
    store: { postgres: { urlReference: "env:U", pool: 4, statementTimeoutMs: 30_000 } },
    secret: () => server.url(),
  } as unknown as Config;

  async function gateway(process: string) {
    const store = await openStore(config, process, { monotonic: () => 0, took: () => undefined });
    const background = new WithoutPolls(quiet);
    const stop = await store.watch(background, quiet);
    const given = { clock: systemClock, ids: systemIds(), logger: quiet, background, process };
    const access = await openEndings(store.connection, { ...given, onChange: store.onChange });
    await processStore(store.connection).beat(process, systemClock.now());
    store.heartbeat?.listen();
    await eventually("it hears itself", () => (store.heartbeat?.isNotified() === true ? true : null));
    async function close(): Promise<void> {
      await access.stop();
      await stop();
      await store.close();
    }
    return { access, store, close };
  }

  it("ends what another one ends, because it is told", async () => {
    const [one, other] = [await gateway("p_1"), await gateway("p_2")];
    const target = { kind: "gateway", issuer: null, target: null, until: null } as const;
    const ended = await eventually("the other one has answered", async () => {
      const { unanswered } = await one.access.shared.end(target, { kind: "gateway", id: null, reason: "incident" });
      return unanswered === 0 ? unanswered : null;
    });
    expect(ended).toBe(0);
    await one.close();
    await other.close();
  });

  it("sees a decision about a held call, because it is told", async () => {
    const one = await gateway("p_3");
    const seen = new Promise<void>((resolve) => one.store.onChange(["approvals"], resolve));
    const columns = "id, request_digest, issuer, subject, route, created, approve_by, live_until, body, votes, changed";
    const held = `INSERT INTO approvals (${columns}, state) VALUES ('a_1', '', '', '', '', 1, 1, 1, '{}', '[]', 1, 'held')`;
    await server.admin(`SET application_name = 'p_9'; ${held}; UPDATE approvals SET state = 'approved'`);
    await seen;
    await one.close();
  });
});
