import type { Approval } from "../domain/approval.ts";

type Listener = (approval: Approval) => void;

/** Tells those who wait that an item changed; what it became is read from the store, never from here. */
export class Bell {
  readonly #all = new Set<Listener>();
  readonly #byId = new Map<string, Set<Listener>>();
  #kept: Approval[] | null = null;

  ring(approval: Approval): void {
    if (this.#kept === null) this.#tell(approval);
    else this.#kept.push(approval);
  }

  /** Rings what was rung during the work only when the work is done: one that throws has changed nothing. */
  after<T>(work: () => T): T {
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
    for (const listener of [...(this.#byId.get(approval.id) ?? []), ...this.#all]) listener(approval);
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
