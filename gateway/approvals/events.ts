import type { Approval } from "../domain/approval.ts";
import type { Logger } from "../domain/ports.ts";
import { publish } from "../lib/publish.ts";

type Listener = (approval: Approval) => void;

/**
 * Publishes that an approval changed; listeners read its state from the store. A listener that throws is logged, because the
 * change has happened already and whoever voted must not get that error.
 */
export class ApprovalEvents {
  readonly #logger: Logger;
  readonly #all = new Set<Listener>();
  readonly #byId = new Map<string, Set<Listener>>();
  #pending: Approval[] | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  publish(approval: Approval): void {
    if (this.#pending === null) this.#notify(approval);
    else this.#pending.push(approval);
  }

  /** Events of the work are published once it has returned; when it throws, nothing has changed and nothing is published. */
  publishAfter<T>(work: () => T): T {
    if (this.#pending !== null) return work();
    const pending: Approval[] = (this.#pending = []);
    try {
      return work();
    } catch (thrown) {
      pending.length = 0;
      throw thrown;
    } finally {
      this.#pending = null;
      for (const approval of pending) this.#notify(approval);
    }
  }

  #notify(approval: Approval): void {
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
