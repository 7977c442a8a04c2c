import type { LeaseEnd, LeaseUse } from "../domain/lease.ts";
import type { CountedLease, CounterWish, LeaseCounterStore, Shortage } from "../domain/ports.ts";
import { decimalText } from "../lib/decimal.ts";
import type { Connection } from "./connection.ts";
import { type Database, transactions, unsynced } from "./database.ts";
import { leaseSchema, othersUnderWay, spentFrom } from "./leases.ts";
import { walSync } from "./synced.ts";

/**
 * What tasks use, in SQLite. One transaction for all calls of a turn of the event loop: each row is read once and written once,
 * and no other process comes in between. Then the disk is waited for, while the process goes on. The table of processes must be
 * there already.
 */
export function leaseCounters(connection: Connection, process: string): LeaseCounterStore {
  const { database } = connection;
  database.exec(leaseSchema);
  const run = statements(database);
  const [within, synced] = [transactions(database), walSync(database)];
  return {
    async count({ back, wishes, freed }, own, now) {
      const { shortages, rows } = await connection.run(() => {
        const touched = new Rows(run, process, own, now);
        let result: (Shortage | null)[] = [];
        unsynced(database, () =>
          within(() => {
            for (const one of back) touched.giveBack(one);
            result = wishes.map((wish) => touched.take(wish));
            for (const id of freed) touched.freed(id);
            touched.write();
          }),
        );
        touched.begin(1);
        return { shortages: result, rows: touched };
      });
      if (shortages.includes(null))
        await synced().catch((failure: unknown) => {
          // Nobody may send what is counted on paper only; what was counted stays so.
          rows.begin(-1);
          throw failure;
        });
      return { shortages, now: rows.used() };
    },
    forgetOwn: () => connection.run(() => void run.forget.run(process)),
  };
}

function statements(database: Database) {
  return {
    read: database.prepare(`SELECT calls, spent, until, end, (${othersUnderWay}) AS others FROM leases WHERE id = ?1`),
    write: database.prepare("UPDATE leases SET calls = ?, spent = ? WHERE id = ?"),
    hold: database.prepare(
      `INSERT INTO lease_slots (lease, process, held) VALUES (?1, ?2, ?3)
       ON CONFLICT (lease, process) DO UPDATE SET held = excluded.held`,
    ),
    free: database.prepare("DELETE FROM lease_slots WHERE lease = ? AND process = ?"),
    forget: database.prepare("DELETE FROM lease_slots WHERE process = ?"),
  };
}

/** A task while calls are counted in it. */
class Row implements LeaseUse {
  readonly until: number;
  readonly end: LeaseEnd["kind"] | null;
  readonly spent: Map<string, bigint>;
  /** Of other processes. */
  readonly concurrent: number;
  calls: number;
  isCounted = false;
  isHeld = false;

  constructor({ calls, spent, until, end, others }: Record<string, unknown>) {
    this.calls = Number(calls);
    this.spent = spentFrom(String(spent));
    this.until = Number(until);
    this.end = end === null ? null : (JSON.parse(String(end)) as LeaseEnd).kind;
    this.concurrent = Number(others);
  }
}

/** The rows that one step reads and writes. */
class Rows {
  readonly #run: ReturnType<typeof statements>;
  readonly #process: string;
  readonly #own: Map<string, number>;
  readonly #now: number;
  readonly #rows = new Map<string, Row | null>();
  /** Calls that this step lets begin, by task. */
  readonly #begun = new Map<string, number>();

  constructor(run: ReturnType<typeof statements>, process: string, own: Map<string, number>, now: number) {
    this.#run = run;
    this.#process = process;
    this.#own = own;
    this.#now = now;
  }

  giveBack({ of, prices }: CounterWish): void {
    for (const lease of of) {
      const row = this.#row(lease.id);
      if (row === null) continue;
      row.calls = Math.max(0, row.calls - 1);
      for (const unit of lease.spend.keys()) addTo(row, unit, -(prices.get(unit) ?? 0n));
      row.isCounted = true;
    }
  }

  /** Null when it is counted in all of them; else nothing is counted. */
  take({ of, prices }: CounterWish): Shortage | null {
    for (const lease of of) {
      const short = this.#shortage(lease, prices);
      if (short !== null) return { id: lease.id, ...short };
    }
    for (const lease of of) {
      const row = this.#row(lease.id) as Row;
      row.calls += 1;
      for (const unit of lease.spend.keys()) addTo(row, unit, prices.get(unit) ?? 0n);
      row.isCounted = true;
      if (lease.concurrent === null) continue;
      this.#begun.set(lease.id, (this.#begun.get(lease.id) ?? 0) + 1);
      row.isHeld = true;
    }
    return null;
  }

  /** What was let begin is under way from now on (1), or is not after all (-1). */
  begin(sign: 1 | -1): void {
    for (const [id, begun] of this.#begun) this.#own.set(id, (this.#own.get(id) ?? 0) + sign * begun);
  }

  /** What lasts is told before what passes. */
  #shortage(lease: CountedLease, prices: CounterWish["prices"]): Omit<Shortage, "id"> | null {
    const row = this.#row(lease.id);
    if (row === null) return { limit: "closed", unit: null };
    if (row.end !== null) return { limit: row.end, unit: null };
    if (this.#now >= row.until) return { limit: "expired", unit: null };
    if (lease.calls !== null && row.calls >= lease.calls) return { limit: "calls", unit: null };
    for (const [unit, most] of lease.spend) {
      const price = prices.has(unit) ? (prices.get(unit) ?? null) : 0n;
      if (price === null) return { limit: "price", unit };
      if ((row.spent.get(unit) ?? 0n) + price > most) return { limit: "spend", unit };
    }
    const underWay = row.concurrent + this.#held(lease.id);
    return lease.concurrent !== null && underWay >= lease.concurrent ? { limit: "concurrent", unit: null } : null;
  }

  /** Fewer calls of this process are under way than the store has; it knows of them already. */
  freed(id: string): void {
    const row = this.#row(id);
    if (row !== null) row.isHeld = true;
  }

  write(): void {
    for (const [id, row] of this.#rows) {
      if (row?.isCounted === true) this.#run.write.run(row.calls, spentText(row.spent), id);
      if (row?.isHeld !== true) continue;
      const held = this.#held(id);
      if (held === 0) this.#run.free.run(id, this.#process);
      else this.#run.hold.run(id, this.#process, held);
    }
  }

  used(): ReadonlyMap<string, LeaseUse> {
    return new Map([...this.#rows].flatMap(([id, row]) => (row === null ? [] : [[id, row] as const])));
  }

  #held(id: string): number {
    return (this.#own.get(id) ?? 0) + (this.#begun.get(id) ?? 0);
  }

  #row(id: string): Row | null {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const found = this.#run.read.get(id, this.#process, this.#now);
    const row = found === undefined ? null : new Row(found);
    this.#rows.set(id, row);
    return row;
  }
}

function addTo({ spent }: Row, unit: string, amount: bigint): void {
  const sum = (spent.get(unit) ?? 0n) + amount;
  spent.set(unit, sum < 0n ? 0n : sum);
}

function spentText(spent: ReadonlyMap<string, bigint>): string {
  return JSON.stringify(Object.fromEntries([...spent].map(([unit, amount]) => [unit, decimalText(amount)])));
}
