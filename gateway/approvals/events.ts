import { AsyncLocalStorage } from "node:async_hooks";
import type { Approval, ApprovalState } from "../domain/approval.ts";
import type { Logger } from "../domain/ports.ts";

/** `from`: the state before, of a change that this process has made to the state; else null. */
type Listener = (approval: Approval, from: ApprovalState | null) => Promise<void> | void;

interface Event {
  readonly approval: Approval;
  readonly from: ApprovalState | null;
}

/** Events of one piece of work, until it has ended. */
interface Batch {
  readonly events: Event[];
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

  /** `from`: see `Listener`. */
  async publish(approval: Approval, from: ApprovalState | null = null): Promise<void> {
    const batch = this.#batches.getStore();
    // What the work has started and nobody awaits may outlive it.
    if (batch?.isOpen === true) batch.events.push({ approval, from });
    else await this.#notify({ approval, from });
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
    for (const event of batch.events) await this.#notify(event);
    return result;
  }

  async #notify(event: Event): Promise<void> {
    const listeners = [...(this.#byId.get(event.approval.id) ?? []), ...this.#all];
    await Promise.all(listeners.map((listener) => this.#tell(listener, event)));
  }

  async #tell(listener: Listener, { approval, from }: Event): Promise<void> {
    try {
      await listener(approval, from);
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
