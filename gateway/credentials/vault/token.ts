import { CredentialFailure } from "../../domain/credential.ts";
import type { Clock } from "../../domain/ports.ts";
import { LONGEST_TIMER_MS } from "../../lib/longest-timer.ts";

/** What a sign-in or a renewal gives. */
export interface GrantedToken {
  readonly id: string;
  /** Zero: it does not expire. */
  readonly ttlMs: number;
  readonly renewable: boolean;
}

export interface TokenSource {
  /** @throws CredentialFailure */
  login(): Promise<GrantedToken>;
  /** @throws CredentialFailure */
  renew(id: string): Promise<GrantedToken>;
}

/** How long one token lives, which each renewal makes longer. */
export interface TokenLife {
  /** On the monotonic clock; infinite for a token that does not expire. */
  readonly expiresAt: number;
}

interface Held extends GrantedToken {
  readonly life: { expiresAt: number };
  /** From then on a new one is wanted. */
  readonly replaceAt: number;
}

/**
 * The gateway's token of one Vault server. It is renewed at two thirds of its time, also while nobody calls: leases end with the
 * token that they were made with. One that can no longer be renewed is replaced by a new sign-in at its next use.
 */
export class VaultTokens {
  readonly #source: TokenSource;
  readonly #clock: Pick<Clock, "monotonic">;
  #held: Held | null = null;
  #pending: Promise<Held> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(source: TokenSource, clock: Pick<Clock, "monotonic">) {
    this.#source = source;
    this.#clock = clock;
  }

  /** @throws CredentialFailure */
  async current(): Promise<{ readonly id: string; readonly life: TokenLife }> {
    const held = this.#held;
    const now = this.#clock.monotonic();
    if (held !== null && now < held.replaceAt) return held;
    this.#pending ??= this.#login().finally(() => (this.#pending = null));
    try {
      return await this.#pending;
    } catch (failure) {
      if (held !== null && held === this.#held && this.#clock.monotonic() < held.life.expiresAt) return held;
      throw failure;
    }
  }

  /** Vault no longer knows this token, and so none of its leases: the next request signs in anew. */
  forget(id: string): void {
    if (this.#held?.id !== id) return;
    this.#held.life.expiresAt = this.#clock.monotonic();
    this.#held = null;
    this.#stopTimer();
  }

  /** Stops renewing. @returns the token that is held, if any */
  close(): string | null {
    this.#closed = true;
    this.#stopTimer();
    const id = this.#held?.id ?? null;
    this.#held = null;
    return id;
  }

  async #login(): Promise<Held> {
    if (this.#closed) throw new CredentialFailure("misconfigured", "the gateway is stopping");
    return this.#hold(await this.#source.login(), null);
  }

  /**
   * @param first what the sign-in gave: a renewal that gives less than half of it has come to the token's longest time
   * @param life of a token that was renewed
   */
  #hold(granted: GrantedToken, first: number | null, life: Held["life"] = { expiresAt: 0 }): Held {
    const { ttlMs } = granted;
    const now = this.#clock.monotonic();
    const most = first ?? ttlMs;
    const goesOn = granted.renewable && ttlMs * 2 >= most;
    life.expiresAt = ttlMs === 0 ? Infinity : now + ttlMs;
    const held = { ...granted, life, replaceAt: goesOn || ttlMs === 0 ? life.expiresAt : now + (ttlMs * 2) / 3 };
    this.#held = held;
    this.#stopTimer();
    if (ttlMs > 0 && goesOn && !this.#closed) this.#renewIn((ttlMs * 2) / 3, held, most);
    return held;
  }

  #renewIn(ms: number, held: Held, first: number): void {
    this.#timer = setTimeout(() => void this.#renew(held, first), Math.min(ms, LONGEST_TIMER_MS)).unref();
  }

  /** Tried again while the token lives; when that fails too, its next use signs in anew. */
  async #renew(held: Held, first: number): Promise<void> {
    try {
      const granted = await this.#source.renew(held.id);
      if (this.#held === held && !this.#closed) this.#hold({ ...granted, id: held.id }, first, held.life);
    } catch (failure) {
      if (this.#held !== held || this.#closed) return;
      if (failure instanceof CredentialFailure && failure.kind === "refused") return this.forget(held.id);
      const left = held.life.expiresAt - this.#clock.monotonic();
      if (left > 0) this.#renewIn(Math.max(left / 3, 50), held, first);
      else this.forget(held.id);
    }
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
