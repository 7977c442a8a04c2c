import { Refusal } from "../domain/errors.ts";
import type { Clock, Ids, KeptRevocation, Logger, Revocations, RevocationStore } from "../domain/ports.ts";
import { type Revocable, type Revocation, revokes } from "../domain/revocation.ts";

export interface RevocationOptions {
  readonly store: RevocationStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Ends what is held under it. */
  readonly onRevoked: (revocation: Revocation) => void;
}

/**
 * Kept in memory, for they are asked on every call; another process's are seen on the next call after it wrote them. What the
 * store cannot take is in force at once all the same, and is written when the store can be.
 */
export function revocations(options: RevocationOptions): Revocations {
  return new KnownRevocations(options);
}

class KnownRevocations implements Revocations {
  readonly #options: RevocationOptions;
  /** In force, and not on disk or not carried through yet. */
  readonly #pending = new Map<string, Revocation>();
  #known: readonly Revocation[];

  constructor(options: RevocationOptions) {
    this.#options = options;
    this.#known = options.store.list();
  }

  against(call: Revocable): Revocation | null {
    return this.#current().find((one) => revokes(one, call)) ?? null;
  }

  list(): KeptRevocation[] {
    return this.#current().map((one) => this.#kept(one));
  }

  revoke(wanted: Omit<Revocation, "id" | "at">): KeptRevocation {
    const { ids, clock, logger } = this.#options;
    const revocation: Revocation = { ...wanted, id: ids.make("k"), at: clock.now() };
    this.#pending.set(revocation.id, revocation);
    this.#known = [...this.#known, revocation];
    try {
      this.#settle(revocation);
      this.#refresh();
    } catch (failure) {
      logger.error("access was ended in memory only; a restart would give it back", { error: String(failure) });
    }
    logger.warn("access was ended", { ...revocation });
    return this.#kept(revocation);
  }

  lift(id: string, by: string): void {
    const { store, logger } = this.#options;
    const isStored = store.list().some((one) => one.id === id);
    if (!isStored && !this.#pending.has(id)) throw new Refusal("revocation_unknown");
    if (isStored) store.lift(id);
    this.#pending.delete(id);
    this.#refresh();
    logger.warn("access was given back", { revocation: id, by });
  }

  keep(): void {
    for (const revocation of [...this.#pending.values()]) this.#settle(revocation);
  }

  #current(): readonly Revocation[] {
    if (this.#options.store.changedElsewhere()) this.#refresh();
    return this.#known;
  }

  #refresh(): void {
    const stored = this.#options.store.list();
    const missing = [...this.#pending.values()].filter(({ id }) => stored.every((one) => one.id !== id));
    this.#known = [...stored, ...missing];
  }

  /** Twice is harmless: a part that is done is left out. */
  #settle(revocation: Revocation): void {
    const { store, onRevoked } = this.#options;
    if (store.list().every(({ id }) => id !== revocation.id)) store.add(revocation);
    onRevoked(revocation);
    this.#pending.delete(revocation.id);
  }

  #kept(revocation: Revocation): KeptRevocation {
    return { ...revocation, durable: !this.#pending.has(revocation.id) };
  }
}
