/**
 * What becomes ready in one turn of the event loop goes on together at its end: the same step for one call after another, whose
 * code the processor then has at hand, and the same write of records for all of them. What becomes ready at the end of a turn goes
 * on in the next.
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
