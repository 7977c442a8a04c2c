import { Refusal } from "../domain/errors.ts";
import {
  type Lease,
  leaseState,
  type LeaseLimits,
  type LeaseOpener,
  type LeaseUser,
  widerIn,
} from "../domain/lease.ts";
import { leaseText, type LeaseWish } from "./read-wish.ts";

/** A task below a task below a task, and so on. */
const maxDepth = 8;

export interface DraftRules {
  /** How long a task lasts that does not say, and how long one may last; milliseconds. */
  readonly usualMs: number;
  readonly longestMs: number;
}

export interface DraftBy {
  readonly id: string;
  readonly opener: LeaseOpener;
  /** Of callers that are named without an issuer; null when it must be said. */
  readonly issuer: string | null;
  /** The task that it is a part of, and those above; empty without one. */
  readonly above: readonly Lease[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The task that is asked for. A part has what its parent has where it says nothing else, and can only be narrower. Pure.
 * @throws Refusal task_invalid, task_wider, task_over
 */
export function draftOf(wish: LeaseWish, by: DraftBy, rules: DraftRules): Lease {
  const [parent = null] = by.above;
  if (by.above.some((lease) => leaseState(lease, by.now) !== "open"))
    throw new Refusal("task_over", { hint: parent?.id ?? "" });
  if (by.above.length >= maxDepth) invalid("/parent", `a task has at most ${maxDepth - 1} tasks above it`);
  const lease: Lease = {
    id: by.id,
    purpose: wish.purpose,
    text: leaseText(wish.text),
    tools: wish.tools ?? parent?.tools ?? invalid("/tools", "is required: what the task may call"),
    targets: wish.targets ?? parent?.targets ?? null,
    serves: wish.serves ?? parent?.serves ?? null,
    users: usersOf(wish, by.issuer, parent),
    opener: by.opener,
    limits: limitsOf(wish, parent, by.now, rules),
    parent: parent?.id ?? null,
    opened: by.now,
    end: null,
  };
  assertNarrower(lease, parent);
  return lease;
}

function usersOf({ agents }: LeaseWish, issuer: string | null, parent: Lease | null): readonly LeaseUser[] {
  if (agents === undefined) return parent?.users ?? invalid("/agents", "is required: who may use the task");
  return agents.map(({ subject, client, issuer: named = issuer }, at) => ({
    subject,
    client,
    issuer: named ?? invalid(`/agents/${at}`, "needs its issuer, since several are trusted here"),
  }));
}

function limitsOf(
  { limits }: LeaseWish,
  parent: Lease | null,
  now: number,
  { usualMs, longestMs }: DraftRules,
): LeaseLimits {
  const { calls = null, concurrent = null, spend = {}, time } = limits;
  const usual = parent?.limits.until ?? now + Math.min(usualMs, longestMs);
  const until = limits.until ?? (time === undefined ? usual : now + time);
  if (until <= now) invalid("/limits/until", "is over already");
  if (until > now + longestMs) invalid("/limits", `a task lasts at most ${longestMs / 1_000} seconds here`);
  return { calls, concurrent, spend, until };
}

/** @throws Refusal task_wider that names the dimension */
function assertNarrower(lease: Lease, parent: Lease | null): void {
  const wider = parent === null ? null : widerIn(lease, parent);
  if (wider !== null) throw new Refusal("task_wider", { hint: `${wider.dimension}: ${wider.why}` });
}

function invalid(pointer: string, why: string): never {
  throw new Refusal("task_invalid", { hint: `${pointer}: ${why}` });
}
