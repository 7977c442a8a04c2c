import type { LeaseEnd } from "../domain/lease.ts";
import { cutLeases, endLeases, type LeaseServiceDeps } from "./service.ts";

export type WatchDeps = Pick<LeaseServiceDeps, "store" | "known" | "endings" | "clock" | "logger">;

/** Ends the tasks whose time is over. */
export async function endDue(deps: WatchDeps): Promise<void> {
  const now = deps.clock.now();
  const end: LeaseEnd = { at: now, kind: "expired", by: "the gateway", reason: "the time of the task is over" };
  for (const id of await deps.store.due(now)) await endLeases(deps, id, end);
}

/**
 * Each call looks for tasks that other processes of the store have ended since the one before, and cuts what this one has under
 * way of them. Those that it has ended itself are looked at once more, which does nothing.
 */
export function watchEnds(deps: WatchDeps): () => Promise<void> {
  const { store } = deps;
  const changedElsewhere = store.changes();
  let mark: number | null = null;
  let isBehind = true;
  return async function look() {
    isBehind = changedElsewhere() || isBehind;
    if (!isBehind) return;
    const since = await store.endedSince(mark);
    for (const { id, end } of since.ended) await cutLeases(deps, [id], end);
    [mark, isBehind] = [since.mark, false];
  };
}
