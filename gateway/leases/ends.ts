import type { LeaseEnd } from "../domain/lease.ts";
import type { EndAnnouncements, EndedEverywhere, Endings, EndNotice, LeaseStore, Logger } from "../domain/ports.ts";
import { type EndedBy, revokes, type RevocationTarget } from "../domain/revocation.ts";
import type { KnownLeases } from "./known-leases.ts";

export interface LeaseEndsDeps {
  readonly store: Pick<LeaseStore, "end" | "due">;
  readonly known: Pick<KnownLeases, "forget">;
  readonly endings: Pick<Endings, "end">;
  readonly announcements: EndAnnouncements;
  readonly logger: Logger;
}

/** Ends tasks: first in the store, where every process looks before a call begins in one, and with it a notice to all of them. */
export class LeaseEnds {
  readonly #deps: LeaseEndsDeps;
  /** What could not be cut in this process; tried again with those that are due. */
  #unfinished: readonly EndNotice[] = [];

  constructor(deps: LeaseEndsDeps) {
    this.#deps = deps;
  }

  /**
   * Ends the task and all below, and cuts what is under way of them in every process. `cut` is null when some of that failed here: it
   * is tried again. Null when the task was not open.
   */
  async end(
    id: string,
    end: LeaseEnd,
  ): Promise<{ readonly ids: readonly string[]; readonly cut: EndedEverywhere | null } | null> {
    const { store, known, announcements, logger } = this.#deps;
    const target: RevocationTarget = { kind: "task", issuer: null, target: id };
    const by: EndedBy = { kind: "task", id, reason: end.reason };
    const notice = announcements.notice(target, by);
    const ids = await store.end(id, end, notice);
    if (ids.length === 0) return null;
    known.forget(ids);
    const cut = await this.#cut(notice);
    logger.info("a task has ended", { task: id, with: ids.length - 1, how: end.kind, by: end.by, ...cut });
    return { ids, cut };
  }

  /** Ends the tasks whose time is over; `now` in milliseconds since the epoch. Several times a second. */
  async due(now: number): Promise<void> {
    const again = this.#unfinished;
    this.#unfinished = [];
    for (const notice of again) await this.#cut(notice);
    const end: LeaseEnd = { at: now, kind: "expired", by: "the gateway", reason: "the time of the task is over" };
    for (const id of await this.#deps.store.due(now)) await this.end(id, end);
  }

  async #cut(notice: EndNotice): Promise<EndedEverywhere | null> {
    const { endings, announcements, logger } = this.#deps;
    try {
      const own = await endings.end((what) => revokes(notice.target, what), notice.by);
      return await announcements.gather(notice.id, own);
    } catch (failure) {
      this.#unfinished = [...this.#unfinished, notice];
      logger.error("what is under way in a task that has ended could not be ended", { error: String(failure) });
      return null;
    }
  }
}
