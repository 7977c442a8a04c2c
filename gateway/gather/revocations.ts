import { Refusal } from "../domain/errors.ts";
import type {
  AccessJournal,
  BegunEnd,
  Clock,
  EndAnnouncements,
  Ended,
  EndedEverywhere,
  Ids,
  KeptRevocation,
  Logger,
  MadeRevocation,
  Revocations,
  RevocationStore,
  StepwiseEndings,
  WantedRevocation,
} from "../domain/ports.ts";
import { endedByRevocation, type Revocable, type Revocation, revokes, stands } from "../domain/revocation.ts";

export interface RevocationOptions {
  readonly store: RevocationStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly endings: StepwiseEndings;
  readonly announcements: EndAnnouncements;
  readonly journal: AccessJournal;
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

interface Pending {
  readonly revocation: Revocation;
  /** What was under way is cut; the rest ends when the revocation is written. */
  readonly begun: BegunEnd;
}

class KnownRevocations implements Revocations {
  readonly #options: RevocationOptions;
  /** In force, and not on disk or not carried through yet. */
  readonly #pending = new Map<string, Pending>();
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
    // Nearly always.
    if (this.#known.length === 0) return null;
    const now = this.#options.clock.now();
    let found: Revocation | null = null;
    for (const one of this.#known) {
      if (!stands(one, now) || !revokes(one, call)) continue;
      if (one.kind !== "token") return one;
      found ??= one;
    }
    return found;
  }

  async list(): Promise<KeptRevocation[]> {
    await this.refresh();
    const now = this.#options.clock.now();
    return this.#known.filter((one) => stands(one, now)).map((one) => this.#kept(one));
  }

  async revoke(wanted: WantedRevocation): Promise<MadeRevocation> {
    const { ids, clock, logger, endings, journal } = this.#options;
    const revocation: Revocation = { ...wanted, id: ids.make("k"), at: clock.now() };
    this.#known = [...this.#known, revocation];
    const begun = endings.begin((call) => revokes(revocation, call), endedByRevocation(revocation));
    const pending = { revocation, begun };
    this.#pending.set(revocation.id, pending);
    const matched = await this.#everywhere(pending);
    logger.warn("access was ended", { ...revocation, matched });
    journal.note({ action: "revoked", revocation, by: revocation.by, matched });
    return { ...this.#kept(revocation), matched };
  }

  async lift(id: string, by: string): Promise<void> {
    const { logger, journal } = this.#options;
    const revocation = await this.#forget(id);
    logger.warn("access was given back", { revocation: id, by });
    journal.note({ action: "lifted", revocation, by, matched: null });
  }

  async keep(): Promise<void> {
    for (const pending of [...this.#pending.values()]) await this.#settle(pending);
    const now = this.#options.clock.now();
    for (const one of this.#known) if (!stands(one, now)) await this.#lapse(one);
  }

  /** Another process may do the same at the same moment: one of them removes it and says so. */
  async #lapse({ id, until }: Revocation): Promise<void> {
    const { logger, journal } = this.#options;
    const revocation = await this.#forget(id).catch(unknownAsNull);
    if (revocation === null) return;
    logger.info("a revocation has ended by itself", { revocation: id, until });
    journal.note({ action: "lapsed", revocation, by: revocation.by, matched: null });
  }

  /** Here, and in the other processes as soon as it is written. */
  async #everywhere(pending: Pending): Promise<EndedEverywhere> {
    const { announcements, logger } = this.#options;
    try {
      const { notice, ended } = await this.#settle(pending);
      return await announcements.gather(notice, ended);
    } catch (failure) {
      logger.error("access was ended in memory only; a restart would give it back", { error: String(failure) });
      // Nobody else was told; who there is can be read where writing fails.
      const unanswered = await announcements.others().catch(() => 0);
      return { ...(await pending.begun.cut), unanswered };
    }
  }

  /** @throws Refusal revocation_unknown */
  #forget(id: string): Promise<Revocation> {
    const { store } = this.#options;
    return this.#alone(async () => {
      const stored = (await store.list()).find((one) => one.id === id);
      const found = stored ?? this.#pending.get(id)?.revocation;
      const isLifted = stored !== undefined && (await store.lift(id));
      this.#pending.delete(id);
      this.#known = this.#known.filter((one) => one.id !== id);
      this.#changes += 1;
      if (found === undefined || (stored !== undefined && !isLifted)) throw new Refusal("revocation_unknown");
      return found;
    });
  }

  /** A list that was asked for before a change counts for nothing: it would bring back what was lifted, or miss what was ended. */
  async #readAll(): Promise<void> {
    while (this.#read !== this.#changes) {
      const changes = this.#changes;
      const stored = await this.#options.store.list();
      if (changes !== this.#changes) continue;
      const pending = [...this.#pending.values()].map(({ revocation }) => revocation);
      const missing = pending.filter(({ id }) => stored.every((one) => one.id !== id));
      this.#known = [...stored, ...missing];
      this.#read = changes;
    }
  }

  /** Twice is harmless: a part that is done is left out. */
  #settle({ revocation, begun }: Pending): Promise<{ readonly notice: string; readonly ended: Ended }> {
    const { store, announcements } = this.#options;
    const notice = announcements.notice(revocation, endedByRevocation(revocation));
    return this.#alone(async () => {
      if (!this.#pending.has(revocation.id)) return { notice: notice.id, ended: await begun.cut };
      await store.add(revocation, notice);
      this.#changes += 1;
      const ended = await begun.finish();
      this.#pending.delete(revocation.id);
      return { notice: notice.id, ended };
    });
  }

  /** Runs `work` when all that began before it has ended, however it did. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  #kept(revocation: Revocation): KeptRevocation {
    return { ...revocation, durable: !this.#pending.has(revocation.id) };
  }
}

function unknownAsNull(failure: unknown): null {
  if (failure instanceof Refusal) return null;
  throw failure;
}
