import type { Logger } from "../domain/ports.ts";

/** So many are kept; a process that cannot write its store serves hardly any approved calls. */
const MOST = 10_000;

/**
 * Endings of approved calls. The call was executed when its ending is written, so a store that cannot be written is no reason
 * to tell its caller that it failed: the ending is kept and written when the store can be. A process that stops before that
 * leaves the item released, which every other process takes for unknown.
 */
export class Endings {
  readonly #logger: Logger;
  readonly #waiting: (() => void)[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Writes the ending now, or keeps it. Never throws. */
  write(ending: () => void): void {
    try {
      ending();
    } catch (failure) {
      this.#logger.error("the ending of an approved call cannot be written yet", { error: String(failure) });
      if (this.#waiting.length < MOST) this.#waiting.push(ending);
    }
  }

  /** Writes what is kept, in order. @throws why it cannot be written */
  retry(): void {
    while (this.#waiting.length > 0) {
      this.#waiting[0]?.();
      this.#waiting.shift();
    }
  }
}
