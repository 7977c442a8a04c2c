import { hash } from "node:crypto";
import type { Account, AccountStore } from "../domain/account.ts";
import type { Clock, Ids } from "../domain/ports.ts";

export const idleMs = 30 * 60_000;
export const absoluteMs = 12 * 60 * 60_000;
const perUser = 20;

/** A signed-in person. Roles are today's, read anew for every request. */
export interface ConsoleSession {
  readonly user: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly also: readonly string[];
  readonly csrf: string;
  /** Milliseconds since the epoch; whichever comes first ends the session. */
  readonly idleUntil: number;
  readonly endsAt: number;
}

interface Kept {
  readonly user: string;
  readonly csrf: string;
  readonly created: number;
  seen: number;
}

export interface Sessions {
  /** Starts a session under a fresh id; the caller ends the old one. */
  start(user: string): { readonly id: string; readonly session: ConsoleSession };
  /** Null when unknown, ended, or the account is gone. `touch`: count this as activity. */
  find(id: string, touch: boolean): ConsoleSession | null;
  end(id: string): void;
}

/**
 * Sessions live in memory: a restart signs everybody out. Keyed by a digest of the id,
 * so that looking one up tells nothing about ids by its timing.
 */
export function consoleSessions(deps: {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly ids: Ids;
}): Sessions {
  const kept = new Map<string, Kept>();
  const view = (entry: Kept) => sessionOf(entry, deps.accounts.get(entry.user));
  return {
    start(user) {
      prune(kept, user, deps.clock.now());
      const id = deps.ids.make("s") + deps.ids.make("s");
      const now = deps.clock.now();
      const entry: Kept = { user, csrf: deps.ids.make("n"), created: now, seen: now };
      kept.set(hash("sha256", id), entry);
      const session = view(entry);
      if (session === null) throw new Error(`console: no account ${user}`);
      return { id, session };
    },
    find(id, touch) {
      const entry = kept.get(hash("sha256", id));
      if (entry === undefined || endOf(entry) <= deps.clock.now()) return null;
      if (touch) entry.seen = deps.clock.now();
      return view(entry);
    },
    end(id) {
      kept.delete(hash("sha256", id));
    },
  };
}

function endOf(entry: Kept): number {
  return Math.min(entry.seen + idleMs, entry.created + absoluteMs);
}

function sessionOf(entry: Kept, account: Account | null): ConsoleSession | null {
  if (account === null) return null;
  const { user, csrf, created } = entry;
  const { roles, teams, also } = account;
  return { user, roles, teams, also, csrf, idleUntil: endOf(entry), endsAt: created + absoluteMs };
}

/** Drops what has ended, and the oldest of this user when there are too many. */
function prune(kept: Map<string, Kept>, user: string, now: number): void {
  for (const [key, entry] of kept) if (endOf(entry) <= now) kept.delete(key);
  const own = [...kept].filter(([, entry]) => entry.user === user);
  for (const [key] of own.slice(0, Math.max(0, own.length - perUser + 1))) kept.delete(key);
}
