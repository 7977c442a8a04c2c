/**
 * Whether the caller's connection is still open. Every call checks it and few wait for it, so the AbortSignal is made
 * at its first use.
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

  /** Calls the listener once, when the connection closes. One listener at a time; `null` removes it. */
  set onLeave(listener: (() => void) | null) {
    this.#listener = listener;
  }

  leave(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#listener?.();
    this.#controller?.abort();
  }

  /** A connection that counts as closed when the signal aborts. */
  static with(signal: AbortSignal): ClientConnection {
    const connection = new ClientConnection();
    if (signal.aborted) connection.leave();
    else signal.addEventListener("abort", () => connection.leave(), { once: true });
    return connection;
  }
}
