import { type Approval, canMove, type Vote } from "../../../gateway/domain/approval.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { ApprovalDesk, Clock } from "../../../gateway/domain/ports.ts";

export interface MemoryDesk extends ApprovalDesk {
  add(approval: Approval): void;
  /** Changes an item as another gateway, or time, would. */
  change(id: string, set: Partial<Approval>): void;
}

/** The desk's port over a map: enough for the console's own tests, which are not about approvals' rules. */
export function memoryDesk(clock: Clock): MemoryDesk {
  const items = new Map<string, Approval>();
  const listeners = new Set<(approval: Approval) => void>();
  function set(approval: Approval): Approval {
    items.set(approval.id, approval);
    for (const listener of listeners) listener(approval);
    return approval;
  }
  return {
    add: (approval) => void set(approval),
    change: (id, change) => void set({ ...known(items.get(id)), ...change }),
    get: (id) => items.get(id) ?? null,
    list({ states, limit, before }) {
      const found = [...items.values()].filter((item) => states.includes(item.state) && item.seal.created < (before ?? Infinity));
      return found.sort((a, b) => b.seal.created - a.seal.created).slice(0, limit);
    },
    vote(id, actionDigest, approver, vote, reason) {
      const item = known(items.get(id));
      if (item.action_digest !== actionDigest) throw new Refusal("approval_mismatch");
      if (!canMove(item.state, "denied") || item.seal.approve_by <= clock.now()) throw new Refusal("approval_closed");
      if (item.votes.some((one) => one.approver === approver.id)) throw new Refusal("approval_voted");
      const cast: Vote = { approver: approver.id, roles: approver.roles, vote, reason, at: clock.now(), method: approver.method };
      return set(counted({ ...item, votes: [...item.votes, cast] }, clock.now()));
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function counted(item: Approval, now: number): Approval {
  if (item.votes.some((vote) => vote.vote === "deny")) return { ...item, state: "denied", resolved_at: now };
  const met = item.requirement.require.every((part) => item.votes.filter((vote) => vote.roles.includes(part.role)).length >= part.count);
  return met ? { ...item, state: "approved", resolved_at: now, execute_by: now + item.requirement.execute_within * 1000 } : item;
}

function known(item: Approval | undefined): Approval {
  if (item === undefined) throw new Refusal("approval_unknown");
  return item;
}
