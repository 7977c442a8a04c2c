import type { Clock } from "../domain/ports.ts";
import { type BundleFailure, TransientFailure } from "./failure.ts";
import { SignatureRefusal } from "./signatures/refusal.ts";

const LONGEST_WAIT_MS = 60_000;

/** Which content was tried last, and whether it is to be tried again although it is the same. */
export class Attempts {
  readonly #clock: Clock;
  readonly #firstWaitMs: number;
  #tried: string | null = null;
  #waitMs = 0;
  #retryAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, firstWaitMs: number) {
    this.#clock = clock;
    this.#firstWaitMs = firstWaitMs;
  }

  /** The identity of the content that was tried last; null after none, and after a source that could not be read. */
  get tried(): string | null {
    return this.#tried;
  }

  isDue(identity: string): boolean {
    return identity !== this.#tried || this.#clock.monotonic() >= this.#retryAt;
  }

  begin(identity: string): void {
    if (identity !== this.#tried) this.#waitMs = this.#firstWaitMs;
    this.#tried = identity;
    this.#retryAt = Number.POSITIVE_INFINITY;
  }

  /** Whether the same content is tried again: after a failure that time may mend, ever later up to once a minute. */
  failed(failure: BundleFailure): boolean {
    // A signature that is not valid yet will be.
    if (!(failure instanceof TransientFailure || failure instanceof SignatureRefusal)) return false;
    this.#retryAt = this.#clock.monotonic() + this.#waitMs;
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    return true;
  }

  forget(): void {
    this.#tried = null;
  }
}
