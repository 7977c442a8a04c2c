import type {
  Clock,
  OutsideSignal,
  OutsideSignals,
  OutsideSignalStore,
  OutsideTarget,
  StoredSignal,
} from "../domain/ports.ts";
import { behindOf } from "../domain/revocation.ts";
import type { Subject } from "../domain/subject.ts";
import { lookKey } from "../lib/look-alike.ts";

/** The newest count; beyond it the oldest are known to the store alone. */
const mostInMemory = 100_000;
const none: readonly OutsideSignal[] = [];

export interface OutsideSignalsDeps {
  readonly store: OutsideSignalStore;
  readonly clock: Pick<Clock, "now">;
}

/** What others say of subjects, kept in memory as it is asked for on every call; read from the store at the start. */
export async function outsideSignals({ store, clock }: OutsideSignalsDeps): Promise<OutsideSignals> {
  const known = new KnownSignals(store, clock);
  await known.refresh();
  return known;
}

class KnownSignals implements OutsideSignals {
  readonly #store: OutsideSignalStore;
  readonly #clock: Pick<Clock, "now">;
  /** By `keyOf`. */
  #known: ReadonlyMap<string, readonly StoredSignal[]> = new Map();
  /** Counts the changes that are known of, and up to which of them `#known` was read. */
  #changes = 1;
  #read = 0;
  #reading: Promise<void> | null = null;

  constructor(store: OutsideSignalStore, clock: Pick<Clock, "now">) {
    this.#store = store;
    this.#clock = clock;
  }

  refresh(): Promise<void> | null {
    if (this.#store.changedElsewhere()) this.#changes += 1;
    if (this.#read === this.#changes) return null;
    this.#reading ??= this.#readAll().finally(() => (this.#reading = null));
    return this.#reading;
  }

  of(subject: Subject): readonly OutsideSignal[] {
    if (this.#known.size === 0) return none;
    const now = this.#clock.now();
    return [subject.id, ...behindOf(subject)].flatMap((id) =>
      (this.#known.get(keyOf(id)) ?? []).filter(
        ({ issuer, until, level }) =>
          level > 0 && (issuer === null || issuer === subject.issuer) && (until === null || until > now),
      ),
    );
  }

  async add({ issuer, subject }: OutsideTarget, signal: OutsideSignal): Promise<void> {
    await this.#store.put({ issuer, subject, ...signal });
    this.#changes += 1;
    await this.refresh();
  }

  async #readAll(): Promise<void> {
    while (this.#read !== this.#changes) {
      const changes = this.#changes;
      const all = await this.#store.list(this.#clock.now(), mostInMemory);
      if (changes !== this.#changes) continue;
      this.#known = Map.groupBy(all, ({ subject }) => keyOf(subject));
      this.#read = changes;
    }
  }
}

/** Compared as loosely as revocations: names in other systems differ in case. */
function keyOf(subject: string): string {
  return lookKey(subject);
}
