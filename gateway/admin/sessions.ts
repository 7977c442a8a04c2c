import { hash } from "node:crypto";
import { type Account, type AccountStore, isVouchedFor } from "../domain/account.ts";
import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Clock, Ids, SignedOut } from "../domain/ports.ts";

export const idleMs = 30 * 60_000;
export const absoluteMs = 12 * 60 * 60_000;
const perAccount = 20;

/** A signed-in person. Roles are today's, read anew for every request. */
export interface ConsoleSession {
  /** The secret in the cookie: never in an answer, never in a log. */
  readonly id: string;
  /** Id of the account: who this is. */
  readonly account: string;
  /** What the account is called today. */
  readonly user: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly also: readonly string[];
  readonly csrf: string;
  readonly method: "password" | "oidc";
  /** Proofs of who this is, given again, that still count. */
  readonly stepUps: readonly StepUp[];
  /** Milliseconds since the epoch; whichever comes first ends the session. */
  readonly idleUntil: number;
  readonly endsAt: number;
}

/** Who somebody is, proven again for one thing. */
export interface StepUp {
  /** What it may be used for, and nothing else: `votePurpose` or `passkeysPurpose`. */
  readonly purpose: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** What a receipt says of it. */
  readonly evidence: JsonObject;
}

export const passkeysPurpose = "passkeys";

export function votePurpose(actionDigest: string): string {
  return `vote ${actionDigest}`;
}

/** How somebody signed in. */
export interface SignIn {
  readonly method: "password" | "oidc";
  /** What the provider said; null for a password. */
  readonly provider: ProviderSession | null;
}

/** The session at the provider. */
export interface ProviderSession {
  /** The ID token: it names the session that a sign-out may end too. */
  readonly idToken: string;
  /** Its `sid`, by which the provider says that the session has ended; null when the provider gives none. */
  readonly sid: string | null;
}

interface Kept extends SignIn {
  /** Of every session at the provider that this one was proven by. */
  readonly sids: readonly string[];
  readonly account: string;
  /** When that account was made: the same person's next account, after this one was removed, has no session from before. */
  readonly since: number;
  readonly csrf: string;
  /** Monotonic milliseconds, as all times of a session in memory. */
  readonly created: number;
  readonly stepUps: readonly KeptProof[];
  readonly life: Life;
}

interface KeptProof extends Omit<StepUp, "until"> {
  readonly ends: number;
}

/** One for all the ids that a session has had. */
interface Life {
  seen: number;
  ended: boolean;
}

interface SessionDeps {
  readonly accounts: Pick<AccountStore, "get">;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long what a provider said about somebody counts, in milliseconds. */
  readonly providerForMs: number;
}

/**
 * Sessions live in memory: a restart signs everybody out. Keyed by a digest of the id,
 * so that looking one up tells nothing about ids by its timing.
 */
export class Sessions {
  readonly #deps: SessionDeps;
  readonly #kept = new Map<string, Kept>();

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** Starts a session under a fresh id; the caller ends the old one. @throws Refusal session_required when the account may not sign in */
  async start(accountId: string, signIn: SignIn): Promise<ConsoleSession> {
    const { accounts, clock, ids } = this.#deps;
    const account = await accounts.get(accountId);
    const now = clock.monotonic();
    const since = account?.created_at ?? 0;
    const life = { seen: now, ended: false };
    const csrf = ids.make("n");
    const sids = sidsOf(signIn.provider);
    const entry = { ...signIn, sids, account: accountId, since, csrf, created: now, stepUps: [], life };
    const session = this.#keep(account, entry);
    this.#prune(accountId, now);
    return session;
  }

  /** The same session under a fresh id, with one proof more; the old id is worth nothing from now on. @throws Refusal session_required */
  async stepUp(
    { id, account }: ConsoleSession,
    proof: StepUp,
    provider: ProviderSession | null = null,
  ): Promise<ConsoleSession> {
    const { accounts, clock } = this.#deps;
    const { until, ...proven } = proof;
    const ends = clock.monotonic() + until - clock.now();
    const today = await accounts.get(account);
    const entry = this.#kept.get(keyOf(id));
    if (entry === undefined) throw new Refusal("session_required");
    const stepUps = [...entry.stepUps.filter(({ purpose }) => purpose !== proof.purpose), { ...proven, ends }];
    const sids = [...new Set([...entry.sids, ...sidsOf(provider)])];
    const after = this.#keep(today, { ...entry, stepUps, sids, provider: provider ?? entry.provider });
    this.#kept.delete(keyOf(id));
    return after;
  }

  /** Null when unknown or ended, for good once the account may no longer sign in. `touch`: count this as activity. */
  async find(id: string, touch: boolean): Promise<ConsoleSession | null> {
    const entry = this.#kept.get(keyOf(id));
    if (entry === undefined || isOver(entry, this.#deps.clock)) return null;
    const account = await this.#deps.accounts.get(entry.account);
    // Signed out, or under another id, while the account was read.
    if (this.#kept.get(keyOf(id)) !== entry || live(id, entry, account, this.#deps) === null) return null;
    if (touch) entry.life.seen = this.#deps.clock.monotonic();
    return live(id, entry, account, this.#deps);
  }

  /** For an open stream: whether the session goes on, under whatever id. Null when there is none. */
  follow(id: string): (() => Promise<boolean>) | null {
    const entry = this.#kept.get(keyOf(id));
    if (entry === undefined) return null;
    return async () => live(id, entry, await this.#deps.accounts.get(entry.account), this.#deps) !== null;
  }

  idTokenOf(id: string): string | null {
    return this.#kept.get(keyOf(id))?.provider?.idToken ?? null;
  }

  end(id: string): void {
    this.#drop(keyOf(id));
  }

  /** Ends every session of this account. */
  endAll(account: string): void {
    for (const [key, entry] of this.#kept) if (entry.account === account) this.#drop(key);
  }

  /** Ends the sessions that a provider says are over. @returns how many there were */
  endAtProvider({ account, sid }: SignedOut): number {
    const over = [...this.#kept].filter(
      ([, entry]) =>
        entry.provider !== null &&
        (sid === null || entry.sids.includes(sid)) &&
        (account === null || entry.account === account) &&
        !isOver(entry, this.#deps.clock),
    );
    for (const [key] of over) this.#drop(key);
    return over.length;
  }

  #keep(account: Account | null, entry: Kept): ConsoleSession {
    const id = this.#deps.ids.make("s") + this.#deps.ids.make("s");
    const session = live(id, entry, account, this.#deps);
    if (session === null) throw new Refusal("session_required");
    this.#kept.set(keyOf(id), entry);
    return session;
  }

  #drop(key: string): void {
    const entry = this.#kept.get(key);
    if (entry !== undefined) entry.life.ended = true;
    this.#kept.delete(key);
  }

  /** Drops what has ended, and the oldest of this account when there are too many. */
  #prune(account: string, now: number): void {
    for (const [key, entry] of this.#kept) if (entry.life.ended || endOf(entry) <= now) this.#drop(key);
    const own = [...this.#kept].filter(([, entry]) => entry.account === account);
    for (const [key] of own.slice(0, Math.max(0, own.length - perAccount))) this.#drop(key);
  }
}

function sidsOf(provider: ProviderSession | null): readonly string[] {
  return provider?.sid === null || provider === null ? [] : [provider.sid];
}

function keyOf(id: string): string {
  return hash("sha256", id);
}

function endOf({ created, life }: Kept): number {
  return Math.min(life.seen + idleMs, created + absoluteMs);
}

function isOver(entry: Kept, clock: Clock): boolean {
  return entry.life.ended || endOf(entry) <= clock.monotonic();
}

/** Null for a session that is over, or whose account is gone or may not sign in; what ends it once has ended it for good. */
function live(id: string, entry: Kept, account: Account | null, deps: SessionDeps): ConsoleSession | null {
  const { clock, providerForMs } = deps;
  const isSame = account?.created_at === entry.since;
  if (isOver(entry, clock) || account === null || !isSame || !isVouchedFor(account, clock.now(), providerForMs)) {
    entry.life.ended = true;
    return null;
  }
  return sessionOf(id, entry, account, clock);
}

function sessionOf(id: string, entry: Kept, account: Account, clock: Clock): ConsoleSession {
  const { csrf, created, method } = entry;
  const { name: user, roles, teams, also } = account;
  const [now, elapsed] = [clock.now(), clock.monotonic()];
  const wallOf = (time: number): number => Math.round(now + time - elapsed);
  const stepUps = entry.stepUps
    .filter(({ ends }) => ends > elapsed)
    .map(({ ends, ...proof }) => ({ ...proof, until: wallOf(ends) }));
  const person = { account: account.id, user, roles, teams, also };
  const ends = { idleUntil: wallOf(endOf(entry)), endsAt: wallOf(created + absoluteMs) };
  return { id, ...person, csrf, method, stepUps, ...ends };
}
