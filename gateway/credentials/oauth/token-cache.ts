import { within } from "../../lib/event-loop.ts";
import { CredentialFailure } from "../../domain/credential.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock, MadeCredential } from "../../domain/ports.ts";
import type { Revocable } from "../../domain/revocation.ts";
import { Users } from "../users.ts";

/** What a server has given. */
export interface Token {
  readonly made: MadeCredential;
  /** From now on, in milliseconds. */
  readonly lifetimeMs: number;
  /** Has it revoked there; never rejects. Null: it cannot be. */
  readonly void: (() => Promise<void>) | null;
}

export interface TokenWish {
  /** Everything that it is made for: calls with the same key use the same token. */
  readonly key: string;
  /** Whose share of the cache it takes. */
  readonly asker: string;
  /** Whose end ends it. */
  readonly user: Revocable;
}

interface Kept {
  readonly key: string;
  readonly token: Token;
  /** On the monotonic clock. */
  readonly madeAt: number;
  readonly refreshAt: number;
  readonly users: Users;
}

interface Pending {
  readonly users: Users;
  readonly made: Promise<MadeCredential>;
  ended: boolean;
}

const capacity = 10_000;
const perAsker = 1_000;
/** While a server is down, not every call waits for it; and what it refused is not asked for again and again. */
const downMs = 1_000;
/** A token that a tool server refuses is asked for anew, but not more often than this: else one could have them asked for without end. */
const refusedMs = 30_000;
/** Requests under way at once; one more fails. */
const mostPending = 500;
/** How long whoever ends access waits for a server to hear of it. */
const mostWaitMs = 500;
const never = new AbortController().signal;

/**
 * Tokens that cost a request: asked for once at a time for each key, again when a fifth of their time is left, with the old one in use
 * until then, and never used in their last tenth. In memory only, bounded, with a share for each caller.
 */
export class TokenCache {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #kept: FairShare<Kept>;
  readonly #pending = new Map<string, Pending>();
  readonly #refusals: FairShare<CredentialFailure>;
  #down: { readonly failure: CredentialFailure; readonly until: number } | null = null;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#refusals = new FairShare({ capacity, perAsker, clock, full: "forget" });
    this.#kept = new FairShare({ capacity, perAsker, clock, full: "forget" });
  }

  /** @throws what `make` throws; CredentialFailure when the access that it was for ended meanwhile */
  async get(wish: TokenWish, make: () => Promise<Token>): Promise<MadeCredential> {
    const known = this.#kept.get(wish.key);
    if (known === undefined) return this.#made(wish, make);
    if (!known.users.add(wish.user)) {
      this.#retire(wish.asker, known);
      return this.#made(wish, make);
    }
    if (this.#clock.monotonic() >= known.refreshAt)
      // The old one is still good; that it cannot be renewed is told when it is not any more.
      this.#made(wish, make, known.users).catch(() => undefined);
    return known.token.made;
  }

  /** None of them is used any more when it returns; that they are void elsewhere too is waited for, but not long. @returns how many */
  async revoke(matches: (what: Revocable) => boolean): Promise<number> {
    const pending = [...this.#pending].filter(([, one]) => isUsedBy(one, matches));
    for (const [key, one] of pending) {
      one.ended = true;
      this.#pending.delete(key);
    }
    const kept = [...this.#kept.values()].filter((one) => isUsedBy(one, matches));
    for (const { key } of kept) this.#kept.take(key);
    const ending = [
      ...kept.map(async ({ token }) => token.void?.()),
      ...pending.map(([, { made }]) => made.then(() => undefined).catch(() => undefined)),
    ];
    await within(Promise.all(ending), mostWaitMs, never);
    return kept.length + pending.length;
  }

  count(matches: (what: Revocable) => boolean): number {
    return [...this.#pending.values(), ...this.#kept.values()].filter((one) => isUsedBy(one, matches)).length;
  }

  #made(wish: TokenWish, make: () => Promise<Token>, users = new Users()): Promise<MadeCredential> {
    const { key, user } = wish;
    const known = this.#pending.get(key);
    if (known !== undefined) return known.users.add(user) ? known.made : known.made.then(() => this.get(wish, make));
    const failure = this.#pending.size < mostPending ? this.#failureOf(key) : tooMany();
    if (failure !== null) return Promise.reject(failure);
    users.add(user);
    const pending: Pending = {
      users,
      ended: false,
      made: Promise.resolve().then(() => this.#keep(wish, make, () => pending)),
    };
    this.#pending.set(key, pending);
    return pending.made;
  }

  async #keep({ key, asker }: TokenWish, make: () => Promise<Token>, pending: () => Pending): Promise<MadeCredential> {
    try {
      const token = await make();
      if (pending().ended) {
        await token.void?.();
        throw new CredentialFailure("refused", "access ended while the token was asked for");
      }
      const madeAt = this.#clock.monotonic();
      const { lifetimeMs } = token;
      const made = { ...token.made, refused: () => this.#refused(key, madeAt) };
      const kept = {
        key,
        token: { ...token, made },
        madeAt,
        refreshAt: madeAt + lifetimeMs * 0.8,
        users: pending().users,
      };
      // What is renewed is good for a while yet, and so can be voided as long.
      const before = this.#kept.get(key);
      if (before !== undefined) this.#retire(asker, before);
      this.#kept.set(asker, key, kept, lifetimeMs * 0.9);
      return made;
    } catch (failure) {
      if (failure instanceof CredentialFailure && !pending().ended) this.#note(asker, key, failure);
      throw failure;
    } finally {
      if (this.#pending.get(key) === pending()) this.#pending.delete(key);
    }
  }

  /** No new call gets it; it is voided with the end of any that it was for. */
  #retire(asker: string, { key, token, madeAt, ...kept }: Kept): void {
    this.#kept.take(key);
    const leftMs = madeAt + token.lifetimeMs - this.#clock.monotonic();
    const ownKey = `${key} ${madeAt}`;
    if (leftMs > 0) this.#kept.set(asker, ownKey, { ...kept, key: ownKey, token, madeAt }, leftMs);
  }

  #note(asker: string, key: string, failure: CredentialFailure): void {
    if (failure.kind === "unreachable") this.#down = { failure, until: this.#clock.monotonic() + downMs };
    else this.#refusals.set(asker, key, failure, downMs);
  }

  #failureOf(key: string): CredentialFailure | null {
    if (this.#down !== null && this.#clock.monotonic() < this.#down.until) return this.#down.failure;
    return this.#refusals.get(key) ?? null;
  }

  #refused(key: string, madeAt: number): void {
    const kept = this.#kept.get(key);
    if (kept?.madeAt === madeAt && this.#clock.monotonic() - madeAt >= refusedMs) this.#kept.take(key);
  }
}

function tooMany(): CredentialFailure {
  return new CredentialFailure("unreachable", `${mostPending} requests wait for the authorization server`);
}

function isUsedBy({ users }: Kept | Pending, matches: (what: Revocable) => boolean): boolean {
  return users.some(matches);
}
