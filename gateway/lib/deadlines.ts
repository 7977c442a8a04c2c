/** Something that has to be over by then. */
export interface Deadline {
  /** Milliseconds on the monotonic clock. */
  readonly at: number;
  readonly missed: () => void;
}

/**
 * Deadlines that are all equally far away when they begin, so that the first to begin is the first to be missed and one timer
 * serves them all: a call with a body has one, and to make and take back a timer each would cost more than the rest of it.
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
    // Whoever waits for bytes has a socket that keeps the process alive.
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
