/**
 * Runs callbacks of one turn of the event loop together at its end. Calls that become ready in the same turn take the same
 * step one after another, which suits the processor's caches and lets their records share one write. Callbacks added at the
 * end of a turn run in the next.
 */
export class Turn {
  #ready: (() => void)[] = [];

  /** Calls `then` at the end of this turn; the order is kept. It must not throw. */
  atEnd(then: () => void): void {
    if (this.#ready.length === 0) setImmediate(this.#goOn);
    this.#ready.push(then);
  }

  readonly #goOn = (): void => {
    const ready = this.#ready;
    this.#ready = [];
    for (const then of ready) then();
  };
}
