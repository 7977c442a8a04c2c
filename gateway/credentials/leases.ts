import { CredentialFailure } from "../domain/credential.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import type { Revocable } from "../domain/revocation.ts";
import { within } from "../lib/event-loop.ts";
import type { Fields } from "./fields.ts";
import { Users } from "./users.ts";
import { LONGEST_TIMER_MS } from "../lib/longest-timer.ts";

/** A secret that was made for a while. */
export interface LeasedSecret {
  readonly id: string;
  readonly fields: Fields;
  /** Zero: it does not expire. */
  readonly ttlMs: number;
  readonly renewable: boolean;
}

export interface LeaseSource {
  /** @returns the time that it is good for from now on, in milliseconds. @throws CredentialFailure */
  renew(id: string): Promise<number>;
  /** @throws CredentialFailure */
  revoke(id: string): Promise<void>;
}

export interface LeaseWish {
  /** Calls with the same key share a lease. */
  readonly key: string;
  /** Whose end ends it. */
  readonly user: Revocable;
  /** The lease is revoked when it is this old; null: it is kept as long as it is used. */
  readonly ttlMs: number | null;
  /** What it cannot outlive, on the monotonic clock, which may be given more time; null for nothing. */
  readonly within: { readonly expiresAt: number } | null;
}

const capacity = 10_000;
/** A secret that a tool server refuses is made anew, but not more often than this: else one could have them made without end. */
const refusedMs = 30_000;
/** While a server is down, not every call waits for it. */
const downMs = 1_000;
/** How long whoever ends access waits for a server to hear of it. */
const mostWaitMs = 500;
const never = new AbortController().signal;

interface Kept {
  readonly key: string;
  readonly made: Promise<Lease>;
  readonly users: Users;
  ended: boolean;
}

/** Times are on the monotonic clock. */
interface Lease {
  readonly secret: LeasedSecret;
  /** Revoked then, whatever is left of it. */
  readonly cap: () => number;
  readonly madeAt: number;
  grantedAt: number;
  freshUntil: number;
  endsAt: number;
  renewAt: number;
  usedAt: number;
  timer: NodeJS.Timeout | null;
}

/**
 * Leases of secrets that are in use. One is renewed at two thirds of its time when it was used since it was granted, else it is left
 * to end by itself; it is revoked when its user's access ends, when it is as old as it may be, and when the gateway stops.
 */
export class Leases {
  readonly #source: LeaseSource;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #logger: Logger;
  /** What the next call with a key gets. */
  readonly #current = new Map<string, Kept>();
  /** What lives, with that which no new call gets. */
  readonly #alive = new Set<Kept>();
  #closed = false;
  #down: { readonly failure: unknown; readonly until: number } | null = null;

  constructor(source: LeaseSource, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#source = source;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * The kept secret of this key, or what `make` gives.
   * @returns its fields, when it ends on the monotonic clock, and what to call when a tool server did not accept it
   * @throws what `make` throws; CredentialFailure when the access that it was for ended meanwhile
   */
  async obtain(
    wish: LeaseWish,
    make: () => Promise<LeasedSecret>,
  ): Promise<{ readonly fields: Fields; readonly endsAt: number; readonly refused: () => void }> {
    if (this.#down !== null && this.#clock.monotonic() < this.#down.until) throw this.#down.failure;
    for (;;) {
      const known = this.#current.get(wish.key);
      // What has no room for another user lives on, and ends with those that it has.
      const isKnown = known?.users.add(wish.user) === true;
      const kept = known !== undefined && isKnown ? known : this.#begin(wish, make);
      const lease = await kept.made;
      if (kept.ended) throw new CredentialFailure("refused", "access ended while the secret was made");
      const now = this.#clock.monotonic();
      // However short it is, a new one is used by the call that it was made for.
      if (!isKnown || now < Math.min(lease.freshUntil, lease.cap())) {
        lease.usedAt = now;
        const refused = (): void => this.#refused(kept, lease);
        return { fields: lease.secret.fields, endsAt: Math.min(lease.endsAt, lease.cap()), refused };
      }
      // Another call may have begun a new one already.
      if (this.#current.get(wish.key) === kept) this.#current.delete(wish.key);
    }
  }

  /** No call gets them any more when it returns; that they are void there is waited for, but not long. @returns how many */
  async revoke(matches: (what: Revocable) => boolean): Promise<number> {
    const found = this.#usedBy(matches);
    await within(Promise.all(found.map((one) => this.#end(one))), mostWaitMs, never);
    return found.length;
  }

  count(matches: (what: Revocable) => boolean): number {
    return this.#usedBy(matches).length;
  }

  #usedBy(matches: (what: Revocable) => boolean): Kept[] {
    return [...this.#alive].filter(({ users }) => users.some(matches));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#alive].map((one) => this.#end(one)));
  }

  #refused(kept: Kept, { madeAt }: Lease): void {
    if (this.#clock.monotonic() - madeAt >= refusedMs) void this.#end(kept);
  }

  #begin(wish: LeaseWish, make: () => Promise<LeasedSecret>): Kept {
    const [oldest] = this.#alive;
    if (this.#alive.size >= capacity && oldest !== undefined) void this.#end(oldest);
    const made = make().then((secret) => this.#granted(wish, secret));
    const kept: Kept = { key: wish.key, made, users: new Users(), ended: false };
    kept.users.add(wish.user);
    this.#current.set(wish.key, kept);
    this.#alive.add(kept);
    made.then(
      (lease) => this.#schedule(kept, lease),
      (failure: unknown) => this.#failed(kept, failure),
    );
    return kept;
  }

  #failed(kept: Kept, failure: unknown): void {
    this.#drop(kept);
    const isDown = failure instanceof CredentialFailure && failure.kind === "unreachable";
    if (isDown) this.#down = { failure, until: this.#clock.monotonic() + downMs };
  }

  #granted({ within: holder, ttlMs }: LeaseWish, secret: LeasedSecret): Lease {
    const now = this.#clock.monotonic();
    const old = now + (ttlMs ?? Infinity);
    const cap = (): number => Math.min(old, holder?.expiresAt ?? Infinity);
    const times = timesOf(secret.ttlMs, now);
    return {
      secret,
      cap,
      madeAt: now,
      ...times,
      renewAt: secret.renewable ? times.renewAt : Infinity,
      usedAt: now,
      timer: null,
    };
  }

  #schedule(kept: Kept, lease: Lease): void {
    // Whoever ended it while it was made waits for it, and revokes it.
    if (kept.ended) return;
    const next = Math.min(lease.cap(), lease.endsAt, lease.renewAt);
    if (next === Infinity) return;
    const ms = Math.min(Math.max(next - this.#clock.monotonic(), 0), LONGEST_TIMER_MS);
    lease.timer = setTimeout(() => void this.#due(kept, lease), ms).unref();
  }

  async #due(kept: Kept, lease: Lease): Promise<void> {
    const now = this.#clock.monotonic();
    if (now >= lease.cap()) return this.#end(kept);
    if (now >= lease.endsAt) return this.#drop(kept);
    if (now >= lease.renewAt) await this.#renew(lease);
    this.#schedule(kept, lease);
  }

  async #renew(lease: Lease): Promise<void> {
    const wasUsed = lease.usedAt >= lease.grantedAt;
    lease.renewAt = Infinity;
    if (!wasUsed) return;
    try {
      const ttlMs = await this.#source.renew(lease.secret.id);
      const { renewAt, ...times } = timesOf(ttlMs, this.#clock.monotonic());
      // Less than half of the first time: it has come to its longest, and the next call gets a new one.
      Object.assign(lease, times, { renewAt: ttlMs * 2 >= lease.secret.ttlMs ? renewAt : Infinity });
    } catch (failure) {
      this.#logger.warn("a lease could not be renewed; the next call gets a new one", {
        error: (failure as Error).message,
      });
    }
  }

  async #end(kept: Kept): Promise<void> {
    if (kept.ended) return;
    this.#drop(kept);
    const lease = await kept.made.catch(() => null);
    if (lease !== null) await this.#revoke(lease.secret.id);
  }

  #drop(kept: Kept): void {
    kept.ended = true;
    this.#alive.delete(kept);
    if (this.#current.get(kept.key) === kept) this.#current.delete(kept.key);
    void kept.made.then(
      ({ timer }) => timer !== null && clearTimeout(timer),
      () => null,
    );
  }

  /** Tried a few times; after that it ends by itself when its time is over. */
  async #revoke(id: string): Promise<void> {
    for (const waitMs of [0, 200, 1_000]) {
      if (waitMs > 0 && this.#closed) break;
      if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
      try {
        return await this.#source.revoke(id);
      } catch (failure) {
        this.#logger.warn("a lease could not be revoked", { error: (failure as Error).message });
      }
    }
    this.#logger.error("a lease could not be revoked; it ends when its time is over", { lease: withoutItsOwnPart(id) });
  }
}

function timesOf(ttlMs: number, now: number): Pick<Lease, "grantedAt" | "freshUntil" | "endsAt" | "renewAt"> {
  if (ttlMs === 0) return { grantedAt: now, freshUntil: Infinity, endsAt: Infinity, renewAt: Infinity };
  // For five sixths of its time, so that a call that begins with it can end with it.
  const [renewAt, freshUntil] = [now + (ttlMs * 2) / 3, now + (ttlMs * 5) / 6];
  return { grantedAt: now, freshUntil, endsAt: now + ttlMs, renewAt };
}

/** The last part of a lease's id names it alone, and whoever has it can revoke it. */
function withoutItsOwnPart(id: string): string {
  return id.slice(0, id.lastIndexOf("/"));
}
