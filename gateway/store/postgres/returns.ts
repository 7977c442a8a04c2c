/** When a store that could not be asked answers again. */
export class Returns {
  readonly #heard: (() => void)[] = [];
  #isAway = false;

  /** `run` is called after the first look that succeeds after one that has failed. */
  onReturn(run: () => void): void {
    this.#heard.push(run);
  }

  /** @throws what `look` rejects with */
  async of(look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (failure) {
      this.#isAway = true;
      throw failure;
    }
    if (!this.#isAway) return;
    this.#isAway = false;
    for (const run of this.#heard) run();
  }
}
