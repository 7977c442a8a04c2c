/** An answer that passes on as it comes, and is remembered as a whole at its end. */
export interface OpenAnswer {
  /** Remembers what has passed since it was asked last. Never throws. */
  tellPassed(): void;
}

const everyMs = 250;

/**
 * Answers that pass as they come. A server may leave one open for as long as it likes, and whoever reads it may act on what has passed: so
 * of one that is open for longer than a moment this is remembered before its end.
 */
export class OpenAnswers {
  #fresh = new Set<OpenAnswer>();
  #old = new Set<OpenAnswer>();
  #timer: NodeJS.Timeout | null = null;

  enter(answer: OpenAnswer): void {
    this.#fresh.add(answer);
    // One for all of them: most have ended long before it is due.
    this.#timer ??= setInterval(() => this.#tell(), everyMs).unref();
  }

  leave(answer: OpenAnswer): void {
    if (!this.#fresh.delete(answer)) this.#old.delete(answer);
  }

  #tell(): void {
    for (const answer of this.#old) answer.tellPassed();
    for (const answer of this.#fresh) this.#old.add(answer);
    this.#fresh.clear();
    if (this.#old.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
