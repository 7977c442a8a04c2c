import { hash } from "node:crypto";
import { type AccountStore, isVouchedFor } from "../domain/account.ts";
import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Clock, Ids } from "../domain/ports.ts";

export const idleMs = 30 * 60_000;
export const absoluteMs = 12 * 60 * 60_000;
const perUser = 20;

/** A signed-in person. Roles are today's, read anew for every request. */
export interface ConsoleSession {
  /** The secret in the cookie: never in an answer, never in a log. */
  readonly id: string;
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
  readonly user: string;
  readonly csrf: string;
  readonly created: number;
  readonly stepUps: readonly StepUp[];
  readonly life: Life;
}

/** One for all the ids that a session has had. */
interface Life {
  seen: number;
  ended: boolean;
}

export interface Sessions {
  /** Starts a session under a fresh id; the caller ends the old one. */
  start(user: string, signIn: SignIn): ConsoleSession;
  /** The same session under a fresh id, with one proof more; the old id is worth nothing from now on. @throws Refusal session_required */
  stepUp(session: ConsoleSession, proof: StepUp, idToken?: string): ConsoleSession;
  /** Null when unknown, ended, or the account is gone. `touch`: count this as activity. */
  find(id: string, touch: boolean): ConsoleSession | null;
  /** For an open stream: whether the session goes on, under whatever id. Null when there is none. */
  follow(id: string): (() => boolean) | null;
  idTokenOf(id: string): string | null;
  end(id: string): void;
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
  const alive = (entry: Kept) => !entry.life.ended && endOf(entry) > clock.now();

  function keep(entry: Kept): ConsoleSession {
    const id = ids.make("s") + ids.make("s");
    kept.set(keyOf(id), entry);
    const session = sessionOf(id, entry, deps);
    if (session === null) throw new Error(`console: no account ${entry.user}`);
    return session;
  }
  return {
    start(user, signIn) {
      const now = clock.now();
      prune(kept, user, now);
      const life = { seen: now, ended: false };
      return keep({ ...signIn, user, csrf: ids.make("n"), created: now, stepUps: [], life });
    },
    stepUp(session, proof, idToken) {
      const entry = kept.get(keyOf(session.id));
      if (entry === undefined) throw new Refusal("session_required");
      kept.delete(keyOf(session.id));
      const stepUps = [...session.stepUps.filter(({ purpose }) => purpose !== proof.purpose), proof];
      return keep({ ...entry, stepUps, idToken: idToken ?? entry.idToken });
    },
    find(id, touch) {
      const entry = kept.get(keyOf(id));
      if (entry === undefined || !alive(entry)) return null;
      if (touch) entry.life.seen = clock.now();
      return sessionOf(id, entry, deps);
    },
    follow(id) {
      const entry = kept.get(keyOf(id));
      return entry === undefined ? null : () => alive(entry) && sessionOf(id, entry, deps) !== null;
    },
    idTokenOf: (id) => kept.get(keyOf(id))?.idToken ?? null,
    end: (id) => drop(kept, keyOf(id)),
  };
}

function keyOf(id: string): string {
  return hash("sha256", id);
}

function endOf({ created, life }: Kept): number {
  return Math.min(life.seen + idleMs, created + absoluteMs);
}

/** Null when the account is gone, or the provider has not vouched for it lately. */
function sessionOf(id: string, entry: Kept, { accounts, clock, providerForMs }: SessionDeps): ConsoleSession | null {
  const { user, csrf, created, method } = entry;
  const now = clock.now();
  const account = accounts.get(user);
  if (account === null || !isVouchedFor(account, now, providerForMs)) return null;
  const { roles, teams, also } = account;
  const stepUps = entry.stepUps.filter(({ until }) => until > now);
  return { id, user, roles, teams, also, csrf, method, stepUps, idleUntil: endOf(entry), endsAt: created + absoluteMs };
}

function drop(kept: Map<string, Kept>, key: string): void {
  const entry = kept.get(key);
  if (entry !== undefined) entry.life.ended = true;
  kept.delete(key);
}

/** Drops what has ended, and the oldest of this user when there are too many. */
function prune(kept: Map<string, Kept>, user: string, now: number): void {
  for (const [key, entry] of kept) if (endOf(entry) <= now) drop(kept, key);
  const own = [...kept].filter(([, entry]) => entry.user === user);
  for (const [key] of own.slice(0, Math.max(0, own.length - perUser + 1))) drop(kept, key);
}
