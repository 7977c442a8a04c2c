import { afterClock, type Approval, type Transition } from "../domain/approval.ts";
import type {
  ApprovalStore,
  Clock,
  GrantStore,
  Ids,
  People,
  ProcessStore,
  Receipts,
  ReleaseFacts,
} from "../domain/ports.ts";
import type { Bell } from "./bell.ts";

/** What every part of this room works with. */
export interface Office {
  readonly store: ApprovalStore;
  readonly grants: GrantStore;
  readonly processes: ProcessStore;
  readonly people: People;
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bell: Bell;
  /** This process, among those that share the store. */
  readonly process: string;
}

/**
 * Makes one transition: compare-and-set, then the receipt, then whoever waits is told.
 * @returns the item as it is now, and whether this call was the one that moved it
 */
export function move(
  office: Office,
  approval: Approval,
  transition: Transition | null,
  release: ReleaseFacts | null = null,
): { readonly approval: Approval; readonly moved: boolean } {
  if (transition === null) return { approval, moved: false };
  const result = step(office, approval, transition, release);
  if (result.moved) office.bell.ring(result.approval);
  return result;
}

/** Compare-and-set and receipt, both on disk or neither; whoever waits is told by the caller, afterwards. */
export function step(
  { store, receipts, clock, process }: Office,
  approval: Approval,
  transition: Transition,
  release: ReleaseFacts | null = null,
): { readonly approval: Approval; readonly moved: boolean } {
  return store.atomically(() => {
    const moved = store.move(approval.id, transition, clock.now(), process);
    const after = store.get(approval.id) ?? approval;
    if (moved) receipts.issue(after, release);
    return { approval: after, moved };
  });
}

/** The item as it is now: expired first when its clock has run out. */
export function asOfNow(office: Office, approval: Approval): Approval {
  return move(office, approval, afterClock(approval, office.clock.now())).approval;
}

export function find(office: Office, id: string): Approval | null {
  const found = office.store.get(id);
  return found === null ? null : asOfNow(office, found);
}
