/** One deadline; see `Deadlines`. */
export interface Deadline {
  /** Milliseconds on the monotonic clock. */
  readonly at: number;
  readonly missed: () => void;
}

/**
 * Deadlines of one fixed length. They expire in the order in which they begin, so one timer serves all of them; each
 * call with a body needs one, and a timer for each would cost more than the rest of the reading.
 */
export class Deadlines {
  readonly #ms: number;
  readonly #open = new Set<Deadline>();
  #timer: NodeJS.Timeout | null = null;

  constructor(ms: number) {
    this.#ms = ms;
  }

  begin(missed: () => void): Deadline {
    const deadline = { at: performance.now() + this.#ms, missed };
    this.#open.add(deadline);
    if (this.#timer === null) this.#wait(this.#ms);
    return deadline;
  }

  end(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil(ms)));
    // The socket that is being read keeps the process alive; the timer need not.
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = null;
    const now = performance.now();
    for (const deadline of this.#open) {
      if (deadline.at > now) return this.#wait(deadline.at - now);
      this.#open.delete(deadline);
      deadline.missed();
    }
  }
}

/** Resolves when `work` has ended, after `ms`, or when `signal` aborts. @throws what `work` rejects with */
export async function within(work: Promise<unknown>, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return;
  let stop = (): void => undefined;
  const limit = new Promise<void>((resolve) => (stop = resolve));
  const timer = setTimeout(stop, ms);
  signal.addEventListener("abort", stop, { once: true });
  await Promise.race([work, limit]);
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}
