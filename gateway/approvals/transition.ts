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
import { stillApproved } from "./vote-checks.ts";

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
export function atomically<T>({ events, store }: ApprovalsDeps, work: () => Promise<T>): Promise<T> {
  return events.publishAfter(() => store.atomically(work));
}

interface Moved {
  /** The item as it is now. */
  readonly approval: Approval;
  /** Whether this call was the one that moved it. */
  readonly moved: boolean;
}

/** Makes one transition: the compare-and-set and its receipt at once, then whoever waits is told. */
export async function move(
  deps: ApprovalsDeps,
  approval: Approval,
  transition: Transition | null,
  release: ReleaseFacts | null = null,
): Promise<Moved> {
  if (transition === null) return { approval, moved: false };
  const { store, receipts, events, clock, process } = deps;
  return atomically(deps, async () => {
    const moved = await store.move(approval.id, transition, clock.now(), process);
    const after = (await store.get(approval.id)) ?? approval;
    if (moved) await receipts.issue(after, release);
    if (moved) await events.publish(after, transition.from);
    return { approval: after, moved };
  });
}

/** Why an approval, or the grant that it left, is over. */
export const voteLost = "somebody who approved it may no longer decide about it";

/** The item as it is now: ended first when its clock has run out, or those who approved it are no longer enough. */
export async function asOfNow(deps: ApprovalsDeps, approval: Approval): Promise<Approval> {
  const now = deps.clock.now();
  const expired = afterClock(approval, now);
  const isLost = expired === null && approval.state === "approved" && !(await stillApproved(approval, deps.people));
  const transition = isLost ? ended(approval, "cancelled", voteLost, now) : expired;
  return (await move(deps, approval, transition)).approval;
}

export async function find(deps: ApprovalsDeps, id: string): Promise<Approval | null> {
  const found = await deps.store.get(id);
  return found === null ? null : asOfNow(deps, found);
}
