import type { LeaseCounterStore, Shortage } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";
import { CountedRows, type CounterWork, leasesOf } from "./counted-rows.ts";
import { type Database, transactions, unsynced } from "./database.ts";
import { type AnyConnection, byEngine } from "./engines.ts";
import { leaseSchema, othersUnderWay } from "./leases.ts";
import { sharedCounters } from "./postgres/lease-counters.ts";
import { walSync } from "./synced.ts";

/** What tasks use, each engine in its own way. The table of processes must be there already. */
export function leaseCounters(sql: AnyConnection, process: string): LeaseCounterStore {
  return byEngine(sql, {
    sqlite: (connection) => localCounters(connection, process),
    postgres: (connection) => sharedCounters(connection, process),
  });
}

/**
 * What tasks use, in SQLite. One transaction for all calls of a turn of the event loop: each row is read once and written once,
 * and no other process comes in between. Then the disk is waited for, while the process goes on.
 */
function localCounters(connection: Connection, process: string): LeaseCounterStore {
  const { database } = connection;
  connection.define(leaseSchema);
  const run = statements(database);
  const [within, synced] = [transactions(database), walSync(database)];
  function counted(work: CounterWork, own: Map<string, number>, now: number) {
    const found = leasesOf(work).map((id) => run.read.get(id, process, now));
    const rows = new CountedRows(
      found.filter((row) => row !== undefined),
      ...([own, now] as const),
    );
    const shortages: readonly (Shortage | null)[] = rows.count(work);
    for (const { id, counted: use, held } of rows.changed()) {
      if (use !== null) run.write.run(use.calls, use.spent, id);
      if (held === 0) run.free.run(id, process);
      else if (held !== null) run.hold.run(id, process, held);
    }
    return { shortages, rows };
  }
  return {
    async count(work, own, now) {
      const { shortages, rows } = await connection.run(() => {
        const result = unsynced(database, () => within(() => counted(work, own, now)));
        result.rows.begin(1);
        return result;
      }, "write");
      if (shortages.includes(null))
        await synced().catch((failure: unknown) => {
          // Nobody may send what is counted on paper only; what was counted stays so.
          rows.begin(-1);
          throw failure;
        });
      return { shortages, now: rows.used() };
    },
    forgetOwn: () => connection.run(() => void run.forget.run(process), "write"),
  };
}

function statements(database: Database) {
  return {
    read: database.prepare(
      `SELECT id, calls, spent, until, end, (${othersUnderWay}) AS others FROM leases WHERE id = ?1`,
    ),
    write: database.prepare("UPDATE leases SET calls = ?, spent = ? WHERE id = ?"),
    hold: database.prepare(
      `INSERT INTO lease_slots (lease, process, held) VALUES (?1, ?2, ?3)
       ON CONFLICT (lease, process) DO UPDATE SET held = excluded.held`,
    ),
    free: database.prepare("DELETE FROM lease_slots WHERE lease = ? AND process = ?"),
    forget: database.prepare("DELETE FROM lease_slots WHERE process = ?"),
  };
}
