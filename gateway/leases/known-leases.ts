import type { Lease, LeaseEnd, LeaseInUse, LeaseUse } from "../domain/lease.ts";
import type { Clock, CountedLease, LeaseStore } from "../domain/ports.ts";
import { Recent } from "../lib/caches.ts";
import { decimal } from "../lib/decimal.ts";
import { batched } from "../lib/event-loop.ts";

/** Tasks in memory, in each of two generations. What memory forgets is read from the store again. */
const kept = 10_000;

/** A task in memory, and what is known of its use: one object as long as it is known. */
export class KnownLease implements LeaseInUse {
  readonly counted: CountedLease;
  readonly use: KnownUse;
  #lease: Lease;

  constructor({ lease, use }: LeaseInUse, own: ReadonlyMap<string, number>) {
    this.#lease = lease;
    this.use = new KnownUse(lease.id, use, own);
    const { calls, concurrent, spend } = lease.limits;
    const amounts = Object.entries(spend).map(([unit, amount]) => [unit, decimal(amount) ?? 0n] as const);
    this.counted = { id: lease.id, calls, concurrent, spend: new Map(amounts) };
  }

  get lease(): Lease {
    return this.#lease;
  }

  /** Nothing of a task changes but its end: all that others keep by its parts stays. */
  learn({ lease: { end }, use }: LeaseInUse): void {
    if (end !== null) this.end(end);
    this.use.learn(use);
  }

  end(end: LeaseEnd): void {
    if (this.#lease.end === null) this.#lease = { ...this.#lease, end };
  }
}

class KnownUse implements LeaseUse {
  readonly #id: string;
  readonly #own: ReadonlyMap<string, number>;
  #stored: LeaseUse;

  constructor(id: string, stored: LeaseUse, own: ReadonlyMap<string, number>) {
    this.#id = id;
    this.#stored = stored;
    this.#own = own;
  }

  get calls(): number {
    return this.#stored.calls;
  }

  get spent(): LeaseUse["spent"] {
    return this.#stored.spent;
  }

  get concurrent(): number {
    return this.#stored.concurrent + (this.#own.get(this.#id) ?? 0);
  }

  /** As the store has it: of calls under way those of other processes. */
  learn(stored: LeaseUse): void {
    this.#stored = stored;
  }
}

export type KnownChain = readonly [KnownLease, ...KnownLease[]];

interface KnownPlace {
  readonly chain: KnownChain;
  /** How many changes by other processes were seen before it was read. */
  readonly seen: number;
}

export interface KnownLeasesDeps {
  readonly store: Pick<LeaseStore, "chains" | "changes">;
  readonly clock: Pick<Clock, "now">;
}

/** Tasks, from memory as long as no other process has written; all that calls of one turn need is read together. */
export class KnownLeases {
  /** Calls of this process that are under way, by task; see `LeaseCounterStore.count`. */
  readonly own = new Map<string, number>();
  readonly #changedElsewhere: () => boolean;
  readonly #leases = new Recent<KnownLease>(kept);
  readonly #places = new Recent<KnownPlace>(kept);
  /** Of tasks that have ended here, and not in the store yet. */
  readonly #ends = new Map<string, LeaseEnd>();
  readonly #read: (id: string) => Promise<readonly LeaseInUse[]>;
  #changes = 1;

  constructor({ store, clock }: KnownLeasesDeps) {
    this.#changedElsewhere = store.changes();
    this.#read = batched((ids: readonly string[]) => store.chains(ids, clock.now()));
  }

  /** Null when there is no task of this id. */
  of(id: string): Promise<KnownChain | null> | KnownChain {
    if (this.#changedElsewhere()) this.#changes += 1;
    const known = this.#places.get(id);
    return known !== undefined && known.seen === this.#changes ? known.chain : this.#load(id);
  }

  /** What the store has counted. */
  learn(used: ReadonlyMap<string, LeaseUse>): void {
    for (const [id, use] of used) this.#leases.get(id)?.use.learn(use);
  }

  /** It has ended, whatever the store says, until `settle` is called. */
  end(id: string, end: LeaseEnd): void {
    this.#ends.set(id, end);
    this.#leases.get(id)?.end(end);
  }

  /** From now on the store says what has become of it. */
  settle(id: string): void {
    this.#ends.delete(id);
  }

  /** What has ended is read anew. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) {
      const known = this.#places.get(id);
      if (known !== undefined) this.#places.set(id, { ...known, seen: 0 });
    }
  }

  async #load(id: string): Promise<KnownChain | null> {
    const seen = this.#changes;
    const [first, ...others] = (await this.#read(id)).map((one) => this.#known(one));
    if (first === undefined) return null;
    const chain: KnownChain = [first, ...others];
    this.#places.set(id, { chain, seen });
    return chain;
  }

  #known(found: LeaseInUse): KnownLease {
    const { id } = found.lease;
    const known = this.#leases.get(id);
    if (known !== undefined) {
      known.learn(found);
      return known;
    }
    const lease = new KnownLease(found, this.own);
    const end = this.#ends.get(id);
    if (end !== undefined) lease.end(end);
    this.#leases.set(id, lease);
    return lease;
  }
}
