import type { LeaseEnd, LeaseUse } from "../domain/lease.ts";
import type { CountedLease, CounterWish, LeaseCounterStore, Shortage } from "../domain/ports.ts";
import { decimalText } from "../lib/decimal.ts";
import { spentFrom } from "./leases.ts";
import type { SqlRow } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

/** What one step counts. */
export type CounterWork = Parameters<LeaseCounterStore["count"]>[0];

/** The tasks whose rows a step reads. */
export function leasesOf({ back, wishes, freed }: CounterWork): string[] {
  return [...new Set([...[...back, ...wishes].flatMap(({ of }) => of.map(({ id }) => id)), ...freed])].toSorted();
}

/** A row that one step has changed. */
export interface ChangedRow {
  readonly id: string;
  /** Null when they are as they were. */
  readonly counted: { readonly calls: number; readonly spent: string } | null;
  /** Calls of this process that are under way; null when they are as they were. */
  readonly held: number | null;
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

  constructor({ calls, spent, until, end, others }: SqlRow) {
    this.calls = Number(calls);
    this.spent = spentFrom(String(spent));
    this.until = Number(until);
    this.end = end === null ? null : (parseJson(String(end)) as LeaseEnd).kind;
    this.concurrent = Number(others);
  }
}

/** The rows that one step counts in, each read once and written once. */
export class CountedRows {
  readonly #own: Map<string, number>;
  readonly #now: number;
  readonly #rows: ReadonlyMap<string, Row>;
  /** Calls that this step lets begin, by task. */
  readonly #begun = new Map<string, number>();

  /** `found`: the rows of `leasesOf` that there are. */
  constructor(found: Iterable<SqlRow>, own: Map<string, number>, now: number) {
    this.#rows = new Map([...found].map((row) => [String(row["id"]), new Row(row)]));
    this.#own = own;
    this.#now = now;
  }

  /** Null for each wish that is counted in all of its tasks. */
  count({ back, wishes, freed }: CounterWork): (Shortage | null)[] {
    for (const one of back) this.#giveBack(one);
    const shortages = wishes.map((wish) => this.#take(wish));
    for (const id of freed) this.#freed(id);
    return shortages;
  }

  #giveBack({ of, prices }: CounterWish): void {
    for (const lease of of) {
      const row = this.#rows.get(lease.id);
      if (row === undefined) continue;
      row.calls = Math.max(0, row.calls - 1);
      for (const unit of lease.spend.keys()) addTo(row, unit, -(prices.get(unit) ?? 0n));
      row.isCounted = true;
    }
  }

  /** Null when it is counted in all of them; else nothing is counted. */
  #take({ of, prices }: CounterWish): Shortage | null {
    for (const lease of of) {
      const short = this.#shortage(lease, prices);
      if (short !== null) return { id: lease.id, ...short };
    }
    for (const lease of of) {
      const row = this.#rows.get(lease.id) as Row;
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
    const row = this.#rows.get(lease.id);
    if (row === undefined) return { limit: "closed", unit: null };
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
  #freed(id: string): void {
    const row = this.#rows.get(id);
    if (row !== undefined) row.isHeld = true;
  }

  changed(): ChangedRow[] {
    return [...this.#rows].flatMap(([id, { calls, spent, isCounted, isHeld }]) => {
      if (!isCounted && !isHeld) return [];
      const counted = isCounted ? { calls, spent: spentText(spent) } : null;
      return [{ id, counted, held: isHeld ? this.#held(id) : null }];
    });
  }

  used(): ReadonlyMap<string, LeaseUse> {
    return this.#rows;
  }

  #held(id: string): number {
    return (this.#own.get(id) ?? 0) + (this.#begun.get(id) ?? 0);
  }
}

function addTo({ spent }: Row, unit: string, amount: bigint): void {
  const sum = (spent.get(unit) ?? 0n) + amount;
  spent.set(unit, sum < 0n ? 0n : sum);
}

function spentText(spent: ReadonlyMap<string, bigint>): string {
  return JSON.stringify(Object.fromEntries([...spent].map(([unit, amount]) => [unit, decimalText(amount)])));
}
