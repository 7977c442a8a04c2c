/**
 * Whether a caller has left. Every call asks, and few ever wait for it, so the AbortSignal that waits need is made when the
 * first of them wants it.
 */
export class ClientConnection {
  #aborted = false;
  #listener: (() => void) | null = null;
  #controller: AbortController | null = null;

  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Calls back once, when the caller leaves; one listener at a time, until `null` takes it back. */
  set onLeave(listener: (() => void) | null) {
    this.#listener = listener;
  }

  leave(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#listener?.();
    this.#controller?.abort();
  }

  /** Leaves when the signal aborts. */
  static with(signal: AbortSignal): ClientConnection {
    const connection = new ClientConnection();
    if (signal.aborted) connection.leave();
    else signal.addEventListener("abort", () => connection.leave(), { once: true });
    return connection;
  }
}
