import type { Approval } from "../domain/approval.ts";
import type { Logger } from "../domain/ports.ts";
import { publish } from "../lib/publish.ts";

type Listener = (approval: Approval) => void;

/**
 * Tells those who wait that an item changed; what it became is read from the store, never from here. A listener that throws
 * is logged: what it was told of has happened, so whoever voted must not get its error.
 */
export class ApprovalEvents {
  readonly #logger: Logger;
  readonly #all = new Set<Listener>();
  readonly #byId = new Map<string, Set<Listener>>();
  #kept: Approval[] | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  publish(approval: Approval): void {
    if (this.#kept === null) this.#tell(approval);
    else this.#kept.push(approval);
  }

  /** Rings what was rung during the work only when the work is done: one that throws has changed nothing. */
  publishAfter<T>(work: () => T): T {
    if (this.#kept !== null) return work();
    const kept: Approval[] = (this.#kept = []);
    try {
      return work();
    } catch (thrown) {
      kept.length = 0;
      throw thrown;
    } finally {
      this.#kept = null;
      for (const approval of kept) this.#tell(approval);
    }
  }

  #tell(approval: Approval): void {
    publish([...(this.#byId.get(approval.id) ?? []), ...this.#all], approval, (thrown) =>
      this.#logger.error("not everybody could be told of an approval", {
        approval_id: approval.id,
        error: String(thrown),
      }),
    );
  }

  watch(listener: Listener): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  watchOne(id: string, listener: Listener): () => void {
    const listeners = this.#byId.get(id) ?? new Set();
    this.#byId.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#byId.delete(id);
    };
  }
}
