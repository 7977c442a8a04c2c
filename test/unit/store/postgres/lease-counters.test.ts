import { leaseStore } from "../../../../gateway/store/leases.ts";
import { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { sharedCounters } from "../../../../gateway/store/postgres/lease-counters.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";
import { endNotice, lease } from "../../../support/tasks/leases.ts";

describeWithPostgres("what tasks use, in PostgreSQL,", () => {
  let server: PostgresServer;
  const opened: PostgresConnection[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    await migrate(connect("migration"));
  });
  afterAll(async () => {
    for (const connection of opened) await connection.close();
    await server.close();
  });
  /** Nobody waits for a lock for long. */
  function connect(process: string): PostgresConnection {
    const connection = new PostgresConnection({ connectionString: server.url(), lock_timeout: 5_000 }, process);
    opened.push(connection);
    return connection;
  }
  const now = lease().opened;
  const wishes = [{ of: [{ id: "t_2", calls: 2, concurrent: null, spend: new Map() }], prices: new Map() }];

  it("is counted while the same process ends another task, and is no change of tasks", async () => {
    // Each has transactions of its own, as two flows of one process have.
    const [ending, counting, other] = [connect("p_1"), connect("p_1"), connect("p_2")];
    const leases = leaseStore(ending, "p_1");
    for (const id of ["t_1", "t_2"]) await leases.insert(lease({ id }), 100, now);
    const counters = sharedCounters(counting, "p_1");
    const count = () => counters.count({ back: [], freed: new Set(), wishes }, new Map(), now);
    const changed = other.changedElsewhere("leases");
    const hasChanged = async () => {
      await other.look();
      return changed();
    };
    await hasChanged();
    expect((await count()).shortages).toEqual([null]);
    expect(await hasChanged()).toBe(false);
    await ending.within(async () => {
      await leases.end("t_1", { at: now, kind: "closed", by: "ann", reason: "done" }, endNotice("t_1"));
      expect((await count()).shortages).toEqual([null]);
    });
    expect(await hasChanged()).toBe(true);
    expect((await leases.chains(["t_2"], now))[0]?.[0]?.use.calls).toBe(2);
  });
});
