import type { Configuration } from "openid-client";
import type { Clock } from "../../domain/ports.ts";

/** How long the provider's description of itself, and the secret sent to it, are used before both are read again. */
const knownForMs = 60 * 60_000;
/** Shortest time between two looks, whoever makes them seem needed. */
const restMs = { known: 30_000, unknown: 1_000 };

/** What the provider says of itself, looked up at most once at a time and not more often than its rest allows. */
export class Discovered {
  readonly #look: () => Promise<Configuration>;
  readonly #clock: Clock;
  #known: Configuration | null = null;
  #knownUntil = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #doubted = false;
  #failure: unknown = null;
  #pending: Promise<void> | null = null;

  constructor(look: () => Promise<Configuration>, clock: Clock) {
    this.#look = look;
    this.#clock = clock;
  }

  /** What is known, or a new look; when that fails, what was known for as long as it may be used. @throws what the look threw */
  async configuration(): Promise<Configuration> {
    const now = this.#clock.monotonic();
    const rest = this.#known === null ? restMs.unknown : restMs.known;
    const wanted = this.#known === null || now >= this.#knownUntil || this.#doubted;
    if (wanted && (this.#pending !== null || now - this.#lookedAt >= rest)) await this.#lookAgain(now);
    if (this.#known !== null && this.#clock.monotonic() < this.#knownUntil) return this.#known;
    throw this.#failure;
  }

  /** Something did not work that a changed secret or endpoint would explain. */
  doubt(): void {
    this.#doubted = true;
  }

  #lookAgain(now: number): Promise<void> {
    this.#lookedAt = this.#pending === null ? now : this.#lookedAt;
    this.#pending ??= this.#look()
      .then(
        (found) => {
          this.#known = found;
          this.#knownUntil = this.#clock.monotonic() + knownForMs;
        },
        (failure: unknown) => {
          this.#failure = failure;
        },
      )
      .finally(() => {
        this.#doubted = false;
        this.#pending = null;
      });
    return this.#pending;
  }
}
