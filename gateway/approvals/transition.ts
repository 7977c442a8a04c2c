import { afterClock, type Approval, ended, type Transition } from "../domain/approval.ts";
import type {
  ApprovalStore,
  Attention,
  Clock,
  GrantKeyStore,
  GrantStore,
  Ids,
  People,
  ProcessStore,
  Receipts,
  ReleaseFacts,
} from "../domain/ports.ts";
import type { ApprovalEvents } from "./events.ts";
import { stillApproved } from "./eligibility.ts";

/** What every part of this room works with. */
export interface ApprovalsDeps {
  readonly store: ApprovalStore;
  readonly grants: GrantStore;
  readonly keys: GrantKeyStore;
  readonly processes: ProcessStore;
  readonly people: People;
  readonly receipts: Receipts;
  readonly attention: Attention;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly events: ApprovalEvents;
  /** This process, among those that share the store. */
  readonly process: string;
}

/** All of it or nothing on disk, and nobody is told before it is there. */
export function atomically<T>({ events, store }: ApprovalsDeps, work: () => T): T {
  return events.publishAfter(() => store.atomically(work));
}

/**
 * Makes one transition: the compare-and-set and its receipt at once, then whoever waits is told.
 * @returns the item as it is now, and whether this call was the one that moved it
 */
export function move(
  deps: ApprovalsDeps,
  approval: Approval,
  transition: Transition | null,
  release: ReleaseFacts | null = null,
): { readonly approval: Approval; readonly moved: boolean } {
  if (transition === null) return { approval, moved: false };
  const { store, receipts, events, clock, process } = deps;
  return atomically(deps, () => {
    const moved = store.move(approval.id, transition, clock.now(), process);
    const after = store.get(approval.id) ?? approval;
    if (moved) receipts.issue(after, release);
    if (moved) events.publish(after);
    return { approval: after, moved };
  });
}

/** Why an approval, or the grant that it left, is over. */
export const voteLost = "somebody who approved it may no longer decide about it";

/** The item as it is now: ended first when its clock has run out, or those who approved it are no longer enough. */
export function asOfNow(deps: ApprovalsDeps, approval: Approval): Approval {
  const now = deps.clock.now();
  const expired = afterClock(approval, now);
  const isLost = expired === null && approval.state === "approved" && !stillApproved(approval, deps.people);
  return move(deps, approval, isLost ? ended(approval, "cancelled", voteLost, now) : expired).approval;
}

export function find(deps: ApprovalsDeps, id: string): Approval | null {
  const found = deps.store.get(id);
  return found === null ? null : asOfNow(deps, found);
}
