import { leaseStore } from "../../../../gateway/store/leases.ts";
import { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { sharedCounters } from "../../../../gateway/store/postgres/lease-counters.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { eventually } from "../../../support/eventually.ts";
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
  const end = { at: now, kind: "closed", by: "ann", reason: "done" } as const;
  const wishes = [{ of: [{ id: "t_2", calls: 2, concurrent: null, spend: new Map() }], prices: new Map() }];

  it("is counted while the same process ends another task", async () => {
    // Each has transactions of its own, as two flows of one process have.
    const [ending, counting, other] = [connect("p_1"), connect("p_1"), connect("p_2")];
    const leases = leaseStore(ending, "p_1");
    for (const id of ["t_1", "t_2"]) await leases.insert(lease({ id }), 100, now);
    const counters = sharedCounters(counting, "p_1");
    const changed = other.changedElsewhere("leases");
    const hasChanged = async () => {
      await other.look();
      return changed();
    };
    await hasChanged();
    await ending.within(async () => {
      await leases.end("t_1", end, endNotice("t_1"));
      expect(await hasChanged()).toBe(false);
      const { shortages } = await counters.count({ back: [], freed: new Set(), wishes }, new Map(), now);
      expect(shortages).toEqual([null]);
      expect(await hasChanged()).toBe(true);
    });
    expect(await hasChanged()).toBe(true);
    expect((await leases.chains(["t_2"], now))[0]?.[0]?.use.calls).toBe(1);
  });

  it("is locked in the order of counting by whoever ends or removes tasks", async () => {
    const [counting, other] = [connect("p_counting"), connect("p_other")];
    const leases = leaseStore(other, "p_other");
    await leases.insert(lease({ id: "t_b" }), 100, now);
    await leases.insert(lease({ id: "t_a", parent: "t_b" }), 100, now);
    const hold = counting.prepare("INSERT INTO lease_slots (lease, process, held) VALUES (?, 'p_counting', 1)");
    await hold.run("t_a");
    const lock = counting.prepare("SELECT 1 FROM leases WHERE id = ? FOR UPDATE");
    const free = counting.prepare("DELETE FROM lease_slots WHERE lease = ?");
    /** The steps of a transaction that counts, with `work` of the other process in their midst. */
    const beside = async (work: () => Promise<unknown>) => {
      let done: Promise<unknown> = Promise.resolve();
      await counting.within(async () => {
        await lock.run("t_a");
        done = work();
        done.catch(() => undefined);
        await eventually("the other waits", async () => ((await waiting("p_other")) ? true : null));
        await lock.run("t_b");
        await free.run("t_a");
      });
      return done;
    };
    expect(await beside(() => leases.end("t_b", end, endNotice("t_b")))).toEqual(["t_b", "t_a"]);
    await hold.run("t_a");
    // Removing waits for nobody: what is locked is left for the next time.
    await counting.within(async () => {
      await lock.run("t_a");
      await leases.purge(now + 1);
      await free.run("t_a");
    });
    expect((await leases.chains(["t_a", "t_b"], now)).flat()).toHaveLength(1);
    await leases.purge(now + 1);
    expect((await leases.chains(["t_a", "t_b"], now)).flat()).toEqual([]);
  });

  async function waiting(process: string): Promise<boolean> {
    const { rows } = await server.admin(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = '${process}' AND wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  }
});
