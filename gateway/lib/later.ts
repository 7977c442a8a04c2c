/** Work that waits until what it would delay is done. */
export class Later {
  readonly #waiting: (() => Promise<void>)[] = [];

  /** Resolves at once. */
  add(work: () => Promise<void>): Promise<void> {
    this.#waiting.push(work);
    return Promise.resolve();
  }

  /** One after another, in their order. What fails is given to `failed`, and keeps nothing else from being done. */
  async run(failed: (error: unknown) => void): Promise<void> {
    for (const work of this.#waiting.splice(0)) await work().catch(failed);
  }
}
