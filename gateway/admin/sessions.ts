import { hash } from "node:crypto";
import { type Account, type AccountStore, isVouchedFor } from "../domain/account.ts";
import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Clock, ConsoleSessionStore, Ids, KeptConsoleSession, SignedOut } from "../domain/ports.ts";
import { ownSessions } from "./own-sessions.ts";
import { parseJson } from "../lib/parse-json.ts";

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

/** What is kept of a session beside what the store reads. Times as those of the store. */
interface Kept extends SignIn {
  /** Of every session at the provider that this one was proven by. */
  readonly sids: readonly string[];
  /** When its account was made: the same person's next account, after this one was removed, has no session from before. */
  readonly since: number;
  readonly csrf: string;
  readonly stepUps: readonly KeptProof[];
}

interface KeptProof extends Omit<StepUp, "until"> {
  readonly ends: number;
}

/** A session out of the store. */
interface Read extends Kept, Omit<KeptConsoleSession, "body"> {}

/** Where sessions are kept. */
export interface SessionMemory {
  readonly store: ConsoleSessionStore;
  /** Milliseconds, on the clock that all who share the store go by. */
  now(): number;
  /** Activity is noted when the last that was noted is so old, in milliseconds. */
  readonly noteAfterMs: number;
}

interface SessionDeps {
  readonly accounts: Pick<AccountStore, "get">;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long what a provider said about somebody counts, in milliseconds. */
  readonly providerForMs: number;
  /** Default: this process alone has them, in memory, on a clock that never jumps. */
  readonly memory?: SessionMemory;
}

/** What several gateways share: whoever is signed in at one is at all of them. Their clocks agree to about a second. */
export function sharedMemory(store: ConsoleSessionStore, clock: Pick<Clock, "now">): SessionMemory {
  return { store, now: () => clock.now(), noteAfterMs: 30_000 };
}

/** Keyed by a digest of the id, so that looking one up tells nothing about ids by its timing. */
export class Sessions {
  readonly #deps: SessionDeps;
  readonly #memory: SessionMemory;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#memory = deps.memory ?? { store: ownSessions(), now: () => deps.clock.monotonic(), noteAfterMs: 0 };
  }

  /** Starts a session under a fresh id; the caller ends the old one. @throws Refusal session_required when the account may not sign in */
  async start(accountId: string, signIn: SignIn): Promise<ConsoleSession> {
    const { accounts, ids } = this.#deps;
    const account = await accounts.get(accountId);
    const now = this.#memory.now();
    const id = this.#freshId();
    const entry: Read = {
      ...signIn,
      sids: sidsOf(signIn.provider),
      stepUps: [],
      csrf: ids.make("n"),
      key: keyOf(id),
      life: ids.make("n"),
      account: accountId,
      since: account?.created_at ?? 0,
      began: now,
      seen: now,
    };
    const session = this.#live(id, entry, account);
    if (session === null) throw new Refusal("session_required");
    await this.#memory.store.add(written(entry));
    await this.#prune(accountId, now);
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
    const ends = this.#memory.now() + until - clock.now();
    const today = await accounts.get(account);
    const entry = await this.#read(id);
    if (entry === null) throw new Refusal("session_required");
    const stepUps = [...entry.stepUps.filter(({ purpose }) => purpose !== proof.purpose), { ...proven, ends }];
    const sids = [...new Set([...entry.sids, ...sidsOf(provider)])];
    const fresh = this.#freshId();
    const next = { ...entry, key: keyOf(fresh), stepUps, sids, provider: provider ?? entry.provider };
    const after = this.#live(fresh, next, today);
    if (after === null || !(await this.#memory.store.replace(entry.key, written(next))))
      throw new Refusal("session_required");
    return after;
  }

  /** Null when unknown or ended, for good once the account may no longer sign in. `touch`: count this as activity. */
  async find(id: string, touch: boolean): Promise<ConsoleSession | null> {
    const before = await this.#read(id);
    if (before === null || this.#isOver(before)) return null;
    const account = await this.#deps.accounts.get(before.account);
    // Signed out, or under another id, while the account was read.
    const entry = await this.#read(id);
    if (entry === null) return null;
    const { store, noteAfterMs } = this.#memory;
    const [session, now] = [this.#live(id, entry, account), this.#memory.now()];
    if (session === null) await store.end({ lives: [entry.life] });
    if (session === null || !touch || now - entry.seen < noteAfterMs) return session;
    await store.noteSeen(entry.life, now);
    return this.#live(id, { ...entry, seen: now }, account);
  }

  /** For an open stream: whether the session goes on, under whatever id. */
  follow(id: string): () => Promise<boolean> {
    const { store } = this.#memory;
    // Of a session that cannot be looked up it is not known that it goes on.
    const began = store.get(keyOf(id)).catch(() => null);
    return async () => {
      const life = (await began)?.life;
      const before = life === undefined ? null : await store.ofLife(life);
      if (before === null) return false;
      const account = await this.#deps.accounts.get(before.account);
      const entry = await store.ofLife(before.life);
      return entry !== null && this.#live(id, readFrom(entry), account) !== null;
    };
  }

  async idTokenOf(id: string): Promise<string | null> {
    return (await this.#read(id))?.provider?.idToken ?? null;
  }

  async end(id: string): Promise<void> {
    await this.#memory.store.end({ key: keyOf(id) });
  }

  /** Ends every session of this account. */
  async endAll(account: string): Promise<void> {
    await this.#memory.store.end({ account });
  }

  /** Ends the sessions that a provider says are over. @returns how many there were */
  async endAtProvider({ account, sid }: SignedOut): Promise<number> {
    const { store } = this.#memory;
    const over = (await store.list(account))
      .map(readFrom)
      .filter((one) => one.provider !== null && (sid === null || one.sids.includes(sid)) && !this.#isOver(one));
    return over.length === 0 ? 0 : store.end({ lives: over.map(({ life }) => life) });
  }

  async #read(id: string): Promise<Read | null> {
    const kept = await this.#memory.store.get(keyOf(id));
    return kept === null ? null : readFrom(kept);
  }

  #freshId(): string {
    return this.#deps.ids.make("s") + this.#deps.ids.make("s");
  }

  /** Drops what has ended, and the oldest of this account when there are too many. */
  async #prune(account: string, now: number): Promise<void> {
    const { store } = this.#memory;
    await store.purge(now - idleMs, now - absoluteMs);
    const own = await store.list(account);
    const lives = own.slice(0, Math.max(0, own.length - perAccount)).map(({ life }) => life);
    if (lives.length > 0) await store.end({ lives });
  }

  #isOver(entry: Read): boolean {
    return endOf(entry) <= this.#memory.now();
  }

  /** Null for a session that is over, or whose account is gone or may not sign in. */
  #live(id: string, entry: Read, account: Account | null): ConsoleSession | null {
    const { clock, providerForMs } = this.#deps;
    const isSame = account?.created_at === entry.since;
    if (this.#isOver(entry) || account === null || !isSame || !isVouchedFor(account, clock.now(), providerForMs))
      return null;
    return sessionOf(id, entry, account, { now: clock.now(), elapsed: this.#memory.now() });
  }
}

function written({ key, life, account, began, seen, ...rest }: Read): KeptConsoleSession {
  return { key, life, account, began, seen, body: JSON.stringify(rest) };
}

function readFrom({ body, ...kept }: KeptConsoleSession): Read {
  return { ...(parseJson(body) as Kept), ...kept };
}

function sidsOf(provider: ProviderSession | null): readonly string[] {
  return provider?.sid === null || provider === null ? [] : [provider.sid];
}

function keyOf(id: string): string {
  return hash("sha256", id);
}

function endOf({ began, seen }: Read): number {
  return Math.min(seen + idleMs, began + absoluteMs);
}

/** `elapsed`: now, on the clock that the session is kept by. */
function sessionOf(
  id: string,
  entry: Read,
  account: Account,
  { now, elapsed }: { readonly now: number; readonly elapsed: number },
): ConsoleSession {
  const { csrf, began, method } = entry;
  const { name: user, roles, teams, also } = account;
  const wallOf = (time: number): number => Math.round(now + time - elapsed);
  const stepUps = entry.stepUps
    .filter(({ ends }) => ends > elapsed)
    .map(({ ends, ...proof }) => ({ ...proof, until: wallOf(ends) }));
  const person = { account: account.id, user, roles, teams, also };
  const ends = { idleUntil: wallOf(endOf(entry)), endsAt: wallOf(began + absoluteMs) };
  return { id, ...person, csrf, method, stepUps, ...ends };
}
