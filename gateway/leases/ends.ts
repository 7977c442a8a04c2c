import type { LeaseEnd } from "../domain/lease.ts";
import type {
  BegunEnd,
  ClosedLease,
  EndAnnouncements,
  EndNotice,
  LeaseStore,
  Logger,
  StepwiseEndings,
} from "../domain/ports.ts";
import { type EndedBy, revokes, type RevocationTarget } from "../domain/revocation.ts";
import type { KnownLeases } from "./known-leases.ts";

export interface LeaseEndsDeps {
  readonly store: Pick<LeaseStore, "end" | "due">;
  readonly known: Pick<KnownLeases, "forget" | "end" | "settle">;
  readonly endings: StepwiseEndings;
  readonly announcements: EndAnnouncements;
  readonly logger: Logger;
}

interface Pending {
  readonly id: string;
  readonly end: LeaseEnd;
  readonly notice: EndNotice;
  /** What was under way is cut; the rest ends when the end is written. */
  readonly begun: BegunEnd;
}

/**
 * Ends tasks: first in this process, then in the store, where every process looks before a call begins in one, and with it a notice to
 * all of them. What the store cannot take counts here at once all the same, and is written when the store can be.
 */
export class LeaseEnds {
  readonly #deps: LeaseEndsDeps;
  /** Ended here, and not in the store yet. */
  readonly #unwritten = new Map<string, Pending>();
  /** Ended in the store, and not carried through here; tried again with those that are due. */
  #unfinished: readonly (readonly [Pending, readonly string[]])[] = [];

  constructor(deps: LeaseEndsDeps) {
    this.#deps = deps;
  }

  /** Ends the task and all below, and cuts what is under way of them in every process. Null when the task was not open. */
  async end(id: string, end: LeaseEnd): Promise<ClosedLease | null> {
    const earlier = this.#unwritten.get(id);
    const pending = earlier ?? this.#begin(id, end);
    try {
      return await this.#complete(pending);
    } catch (failure) {
      const { announcements, logger } = this.#deps;
      if (earlier === undefined)
        logger.error("a task has ended in this process only", { task: id, error: String(failure) });
      // Nobody else was told; who there is can be read where writing fails.
      const unanswered = await announcements.others().catch(() => 0);
      return { ids: [id], durable: false, cut: { ...(await pending.begun.cut), unanswered } };
    }
  }

  /**
   * Ends the tasks whose time is over, and what could not be ended before; `now` in milliseconds since the epoch. Several times a
   * second. @throws Error when some of it could not be written
   */
  async due(now: number): Promise<void> {
    const again = this.#unfinished;
    this.#unfinished = [];
    for (const [pending, ids] of again) await this.#finish(pending, ids);
    const end: LeaseEnd = { at: now, kind: "expired", by: "the gateway", reason: "the time of the task is over" };
    // All of them count here before the first is written.
    for (const id of await this.#deps.store.due(now)) if (!this.#unwritten.has(id)) this.#begin(id, end);
    for (const pending of [...this.#unwritten.values()]) await this.#tryAgain(pending);
  }

  /** The first that cannot be written keeps the others waiting for the next time: each may wait for the lock of a store. */
  async #tryAgain(pending: Pending): Promise<void> {
    try {
      await this.#complete(pending);
    } catch (cause) {
      this.#unwritten.delete(pending.id);
      this.#unwritten.set(pending.id, pending);
      throw new Error(`${this.#unwritten.size} tasks have ended in this process only`, { cause });
    }
  }

  /** @throws Error when it cannot be written */
  async #complete(pending: Pending): Promise<ClosedLease | null> {
    const ids = await this.#write(pending);
    return ids.length === 0 ? null : { ids, durable: true, cut: await this.#finish(pending, ids) };
  }

  #begin(id: string, end: LeaseEnd): Pending {
    const { endings, announcements, known } = this.#deps;
    const target: RevocationTarget = { kind: "task", issuer: null, target: id };
    const by: EndedBy = { kind: "task", id, reason: end.reason };
    known.end(id, end);
    const begun = endings.begin((what) => revokes(target, what), by);
    const pending = { id, end, begun, notice: announcements.notice(target, by) };
    this.#unwritten.set(id, pending);
    return pending;
  }

  /** @returns itself and all below that were open */
  async #write({ id, end, notice }: Pending): Promise<readonly string[]> {
    const { store, known } = this.#deps;
    const ids = await store.end(id, end, notice);
    this.#unwritten.delete(id);
    known.settle(id);
    known.forget(ids);
    return ids;
  }

  /** @returns null when some of it could not be ended yet */
  async #finish(pending: Pending, ids: readonly string[]): Promise<ClosedLease["cut"]> {
    const { announcements, logger } = this.#deps;
    const { id, end, notice, begun } = pending;
    try {
      const cut = await announcements.gather(notice.id, await begun.finish());
      logger.info("a task has ended", { task: id, with: ids.length - 1, how: end.kind, by: end.by, ...cut });
      return cut;
    } catch (failure) {
      this.#unfinished = [...this.#unfinished, [pending, ids]];
      logger.error("what is under way in a task that has ended could not be ended", { error: String(failure) });
      return null;
    }
  }
}
