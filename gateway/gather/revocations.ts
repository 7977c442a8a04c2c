import { Refusal } from "../domain/errors.ts";
import type { Clock, Endings, Ids, KeptRevocation, Logger, Revocations, RevocationStore } from "../domain/ports.ts";
import { endedByRevocation, type Revocable, type Revocation, revokes, stands } from "../domain/revocation.ts";

export interface RevocationOptions {
  readonly store: RevocationStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly endings: Pick<Endings, "end">;
}

/**
 * Kept in memory, for they are asked on every call; another process's are seen on the next call after it wrote them. What the
 * store cannot take is in force at once all the same, and is written when the store can be.
 */
export async function revocations(options: RevocationOptions): Promise<Revocations> {
  const known = new KnownRevocations(options);
  await known.refresh();
  return known;
}

class KnownRevocations implements Revocations {
  readonly #options: RevocationOptions;
  /** In force, and not on disk or not carried through yet. */
  readonly #pending = new Map<string, Revocation>();
  #known: readonly Revocation[] = [];
  /** Counts the changes of the store that are known of, and up to which of them `#known` was read. */
  #changes = 1;
  #read = 0;
  #reading: Promise<void> | null = null;
  /** The last piece of work on the store: one at a time, so that nothing is written that was lifted meanwhile. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RevocationOptions) {
    this.#options = options;
  }

  refresh(): Promise<void> | null {
    if (this.#options.store.changedElsewhere()) this.#changes += 1;
    if (this.#read === this.#changes) return null;
    this.#reading ??= this.#readAll().finally(() => (this.#reading = null));
    return this.#reading;
  }

  against(call: Revocable): Revocation | null {
    if (this.#known.length === 0) return null;
    const now = this.#options.clock.now();
    return this.#known.find((one) => stands(one, now) && revokes(one, call)) ?? null;
  }

  async list(): Promise<KeptRevocation[]> {
    await this.refresh();
    return this.#known.map((one) => this.#kept(one));
  }

  async revoke(wanted: Omit<Revocation, "id" | "at">): Promise<KeptRevocation> {
    const { ids, clock, logger } = this.#options;
    const revocation: Revocation = { ...wanted, id: ids.make("k"), at: clock.now() };
    this.#pending.set(revocation.id, revocation);
    this.#known = [...this.#known, revocation];
    try {
      await this.#settle(revocation);
    } catch (failure) {
      logger.error("access was ended in memory only; a restart would give it back", { error: String(failure) });
    }
    logger.warn("access was ended", { ...revocation });
    return this.#kept(revocation);
  }

  async lift(id: string, by: string): Promise<void> {
    const { store, logger } = this.#options;
    await this.#alone(async () => {
      const isStored = (await store.list()).some((one) => one.id === id);
      if (!isStored && !this.#pending.has(id)) throw new Refusal("revocation_unknown");
      if (isStored) await store.lift(id);
      this.#pending.delete(id);
      this.#known = this.#known.filter((one) => one.id !== id);
      this.#changes += 1;
    });
    logger.warn("access was given back", { revocation: id, by });
  }

  async keep(): Promise<void> {
    for (const revocation of [...this.#pending.values()]) await this.#settle(revocation);
  }

  /** A list that was asked for before a change counts for nothing: it would bring back what was lifted, or miss what was ended. */
  async #readAll(): Promise<void> {
    while (this.#read !== this.#changes) {
      const changes = this.#changes;
      const stored = await this.#options.store.list();
      if (changes !== this.#changes) continue;
      const missing = [...this.#pending.values()].filter(({ id }) => stored.every((one) => one.id !== id));
      this.#known = [...stored, ...missing];
      this.#read = changes;
    }
  }

  /** Twice is harmless: a part that is done is left out. */
  #settle(revocation: Revocation): Promise<void> {
    const { store, endings } = this.#options;
    return this.#alone(async () => {
      if (!this.#pending.has(revocation.id)) return;
      await store.add(revocation);
      this.#changes += 1;
      await endings.end((call) => revokes(revocation, call), endedByRevocation(revocation));
      this.#pending.delete(revocation.id);
    });
  }

  /** Runs `work` when all that began before it has ended, however it did. */
  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  #kept(revocation: Revocation): KeptRevocation {
    return { ...revocation, durable: !this.#pending.has(revocation.id) };
  }
}
