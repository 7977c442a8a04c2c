/** How long a call that was called off still counts as under way: its tool server may need a moment to hear of it, or answer all the same. */
export const calledOffMs = 5_000;

/**
 * A call that a limit or a task counts as under way. Its place is free when its tool server is done with it, which may be later than
 * its caller is: whoever hangs up must not get room for one more call by that.
 */
export class CountedCall {
  /** Resolves when the tool server is done with the call of a caller that has left. Null: it is when the outcome is known. */
  over: Promise<void> | null = null;
  #isFree = false;
  readonly #listeners: ((isEarly: boolean) => void)[] = [];

  /** Calls the listener once, when the place is free; at once where it is. `isEarly`: before the outcome is known. */
  whenFree(listener: (isEarly: boolean) => void): void {
    if (this.#isFree) listener(false);
    else this.#listeners.push(listener);
  }

  /** The outcome of the call is known. */
  ended(): void {
    if (this.over === null) this.#free(false);
    else void this.over.then(() => this.#free(false));
  }

  /** Its caller called the call off long enough ago. */
  calledOff(): void {
    this.#free(true);
  }

  #free(isEarly: boolean): void {
    this.#isFree = true;
    for (const listener of this.#listeners.splice(0)) listener(isEarly);
  }
}
