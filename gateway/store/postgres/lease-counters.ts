import type { LeaseCounterStore } from "../../domain/ports.ts";
import { type ChangedRow, CountedRows, leasesOf } from "../counted-rows.ts";
import { othersUnderWay } from "../leases.ts";
import type { PostgresConnection } from "./connection.ts";

/**
 * What tasks use, in PostgreSQL. The rows of all calls of a turn of the event loop are locked in one order, so that no other process
 * comes in between; calls under way elsewhere are counted after the locks, so that what the others wrote before is seen.
 */
export function sharedCounters(connection: PostgresConnection, process: string): LeaseCounterStore {
  const lock = connection.prepare("SELECT 1 FROM leases WHERE id = ANY (?::text[]) ORDER BY id FOR UPDATE");
  const read = connection.prepare(
    `SELECT id, calls, spent, until, "end", (${othersUnderWay}) AS others FROM leases WHERE id = ANY (?1::text[])`,
  );
  const forget = connection.prepare("DELETE FROM lease_slots WHERE process = ?");
  const write = writer(connection, process);
  return {
    async count(work, own, now) {
      const ids = leasesOf(work);
      const { shortages, rows } = await connection.within(async () => {
        await lock.run(ids);
        const found = new CountedRows(await read.all(ids, process, now), own, now);
        const result = found.count(work);
        await write(found.changed());
        return { shortages: result, rows: found };
      });
      rows.begin(1);
      return { shortages, now: rows.used() };
    },
    forgetOwn: async () => void (await forget.run(process)),
  };
}

function writer(connection: PostgresConnection, process: string) {
  const count = connection.prepare(
    `UPDATE leases SET calls = used.calls, spent = used.spent
     FROM unnest(?::text[], ?::bigint[], ?::text[]) AS used (id, calls, spent) WHERE leases.id = used.id`,
  );
  const hold = connection.prepare(
    `INSERT INTO lease_slots (lease, process, held) SELECT lease, ?, held FROM unnest(?::text[], ?::bigint[]) AS slot (lease, held)
     ON CONFLICT (lease, process) DO UPDATE SET held = excluded.held`,
  );
  const free = connection.prepare("DELETE FROM lease_slots WHERE process = ? AND lease = ANY (?::text[])");
  return async function write(rows: readonly ChangedRow[]): Promise<void> {
    const counted = rows.flatMap(({ id, counted: use }) => (use === null ? [] : [{ id, ...use }]));
    const column = <Row, T>(of: readonly Row[], value: (row: Row) => T): T[] => of.map(value);
    if (counted.length > 0)
      await count.run(
        column(counted, ({ id }) => id),
        column(counted, ({ calls }) => calls),
        column(counted, ({ spent }) => spent),
      );
    const held = rows.flatMap(({ id, held: calls }) => (calls === null || calls === 0 ? [] : [{ id, calls }]));
    if (held.length > 0)
      await hold.run(
        process,
        column(held, ({ id }) => id),
        column(held, ({ calls }) => calls),
      );
    const freed = rows.flatMap(({ id, held: calls }) => (calls === 0 ? [id] : []));
    if (freed.length > 0) await free.run(process, freed);
  };
}
