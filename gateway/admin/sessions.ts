import { hash } from "node:crypto";
import { type AccountStore, isVouchedFor } from "../domain/account.ts";
import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Clock, Ids } from "../domain/ports.ts";

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
  /** What it may be used for, and nothing else. */
  readonly purpose: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** What an auditor is told of it. */
  readonly evidence: JsonObject;
}

/** How somebody signed in. */
export interface SignIn {
  readonly method: "password" | "oidc";
  /** The provider's ID token: it names the session there that a sign-out may end too. */
  readonly idToken: string | null;
}

interface Kept extends SignIn {
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

export interface Sessions {
  /** Starts a session under a fresh id; the caller ends the old one. @throws Refusal session_required when the account may not sign in */
  start(account: string, signIn: SignIn): ConsoleSession;
  /** The same session under a fresh id, with one proof more; the old id is worth nothing from now on. @throws Refusal session_required */
  stepUp(session: ConsoleSession, proof: StepUp, idToken?: string): ConsoleSession;
  /** Null when unknown or ended, for good once the account may no longer sign in. `touch`: count this as activity. */
  find(id: string, touch: boolean): ConsoleSession | null;
  /** For an open stream: whether the session goes on, under whatever id. Null when there is none. */
  follow(id: string): (() => boolean) | null;
  idTokenOf(id: string): string | null;
  end(id: string): void;
  /** Ends every session of this account. */
  endAll(account: string): void;
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
export function consoleSessions(deps: SessionDeps): Sessions {
  const kept = new Map<string, Kept>();
  const { clock, ids } = deps;
  return {
    start(account, signIn) {
      const now = clock.monotonic();
      const since = deps.accounts.get(account)?.created_at ?? 0;
      const life = { seen: now, ended: false };
      const session = keep(kept, deps, {
        ...signIn,
        account,
        since,
        csrf: ids.make("n"),
        created: now,
        stepUps: [],
        life,
      });
      prune(kept, account, now);
      return session;
    },
    stepUp: (session, proof, idToken) => renew(kept, deps, session, { proof, idToken }),
    find(id, touch) {
      const entry = kept.get(keyOf(id));
      if (entry === undefined || live(id, entry, deps) === null) return null;
      if (touch) entry.life.seen = clock.monotonic();
      return live(id, entry, deps);
    },
    follow(id) {
      const entry = kept.get(keyOf(id));
      return entry === undefined ? null : () => live(id, entry, deps) !== null;
    },
    idTokenOf: (id) => kept.get(keyOf(id))?.idToken ?? null,
    end: (id) => drop(kept, keyOf(id)),
    endAll(account) {
      for (const [key, entry] of kept) if (entry.account === account) drop(kept, key);
    },
  };
}

/** @throws Refusal session_required */
function renew(
  kept: Map<string, Kept>,
  deps: SessionDeps,
  session: ConsoleSession,
  { proof, idToken }: { readonly proof: StepUp; readonly idToken: string | undefined },
): ConsoleSession {
  const entry = kept.get(keyOf(session.id));
  if (entry === undefined) throw new Refusal("session_required");
  const { until, ...proven } = proof;
  const ends = deps.clock.monotonic() + until - deps.clock.now();
  const stepUps = [...entry.stepUps.filter(({ purpose }) => purpose !== proof.purpose), { ...proven, ends }];
  const after = keep(kept, deps, { ...entry, stepUps, idToken: idToken ?? entry.idToken });
  kept.delete(keyOf(session.id));
  return after;
}

/** @throws Refusal session_required when the account may not sign in */
function keep(kept: Map<string, Kept>, deps: SessionDeps, entry: Kept): ConsoleSession {
  const id = deps.ids.make("s") + deps.ids.make("s");
  const session = live(id, entry, deps);
  if (session === null) throw new Refusal("session_required");
  kept.set(keyOf(id), entry);
  return session;
}

/** Null for a session that is over; what ends it once has ended it for good. */
function live(id: string, entry: Kept, deps: SessionDeps): ConsoleSession | null {
  const session = entry.life.ended || endOf(entry) <= deps.clock.monotonic() ? null : sessionOf(id, entry, deps);
  if (session === null) entry.life.ended = true;
  return session;
}

function keyOf(id: string): string {
  return hash("sha256", id);
}

function endOf({ created, life }: Kept): number {
  return Math.min(life.seen + idleMs, created + absoluteMs);
}

/** Null when the account is gone or may not sign in. */
function sessionOf(id: string, entry: Kept, { accounts, clock, providerForMs }: SessionDeps): ConsoleSession | null {
  const { csrf, created, method } = entry;
  const now = clock.now();
  const found = accounts.get(entry.account);
  if (found?.created_at !== entry.since || !isVouchedFor(found, now, providerForMs)) return null;
  const { id: account, name: user, roles, teams, also } = found;
  const elapsed = clock.monotonic();
  const wallOf = (time: number): number => Math.round(now + time - elapsed);
  const stepUps = entry.stepUps
    .filter(({ ends }) => ends > elapsed)
    .map(({ ends, ...proof }) => ({ ...proof, until: wallOf(ends) }));
  const person = { account, user, roles, teams, also };
  return {
    id,
    ...person,
    csrf,
    method,
    stepUps,
    idleUntil: wallOf(endOf(entry)),
    endsAt: wallOf(created + absoluteMs),
  };
}

function drop(kept: Map<string, Kept>, key: string): void {
  const entry = kept.get(key);
  if (entry !== undefined) entry.life.ended = true;
  kept.delete(key);
}

/** Drops what has ended, and the oldest of this account when there are too many. */
function prune(kept: Map<string, Kept>, account: string, now: number): void {
  for (const [key, entry] of kept) if (entry.life.ended || endOf(entry) <= now) drop(kept, key);
  const own = [...kept].filter(([, entry]) => entry.account === account);
  for (const [key] of own.slice(0, Math.max(0, own.length - perAccount))) drop(kept, key);
}
