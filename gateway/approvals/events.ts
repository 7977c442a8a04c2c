import { AsyncLocalStorage } from "node:async_hooks";
import type { Approval } from "../domain/approval.ts";
import type { Logger } from "../domain/ports.ts";

type Listener = (approval: Approval) => Promise<void> | void;

/** Events of one piece of work, until it has ended. */
interface Batch {
  readonly events: Approval[];
  isOpen: boolean;
}

/**
 * Publishes that an approval changed; listeners read its state from the store, and whoever made the change goes on when all of
 * them are done. A listener that fails is logged, because the change has happened already and whoever voted must not get that
 * error.
 */
export class ApprovalEvents {
  readonly #logger: Logger;
  readonly #all = new Set<Listener>();
  readonly #byId = new Map<string, Set<Listener>>();
  readonly #batches = new AsyncLocalStorage<Batch>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async publish(approval: Approval): Promise<void> {
    const batch = this.#batches.getStore();
    // What the work has started and nobody awaits may outlive it.
    if (batch?.isOpen === true) batch.events.push(approval);
    else await this.#notify(approval);
  }

  /**
   * Events of the work are published once it has resolved; when it rejects, nothing has changed and nothing is published. Those
   * of other work that runs meanwhile are not held back.
   */
  async publishAfter<T>(work: () => Promise<T>): Promise<T> {
    if (this.#batches.getStore()?.isOpen === true) return work();
    const batch: Batch = { events: [], isOpen: true };
    let result: T;
    try {
      result = await this.#batches.run(batch, work);
    } finally {
      batch.isOpen = false;
    }
    for (const approval of batch.events) await this.#notify(approval);
    return result;
  }

  async #notify(approval: Approval): Promise<void> {
    const listeners = [...(this.#byId.get(approval.id) ?? []), ...this.#all];
    await Promise.all(listeners.map((listener) => this.#tell(listener, approval)));
  }

  async #tell(listener: Listener, approval: Approval): Promise<void> {
    try {
      await listener(approval);
    } catch (thrown) {
      this.#logger.error("not everybody could be told of an approval", {
        approval_id: approval.id,
        error: String(thrown),
      });
    }
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
