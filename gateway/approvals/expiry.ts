import type { Approval } from "../domain/approval.ts";
import type { ApprovalStore, Clock } from "../domain/ports.ts";
import type { Bell } from "./bell.ts";

/** Both clocks: approve by, while held; execute by, once approved. */
export function isDue(approval: Approval, now: number): boolean {
  if (approval.state === "held") return now >= approval.seal.approve_by;
  return approval.state === "approved" && now >= (approval.execute_by ?? 0);
}

/** The item as it is now: moved to expired first when its clock has run out. */
export function expireIfDue(store: ApprovalStore, bell: Bell, approval: Approval, now: number): Approval {
  if (!isDue(approval, now)) return approval;
  const moved = store.move(approval.id, approval.state, "expired", { resolved_at: now });
  const after = store.get(approval.id) ?? approval;
  if (moved) bell.ring(after);
  return after;
}

/** Looks for items whose clock has run out, so that waiting people and clients see an expiry without asking. */
export function startSweep(store: ApprovalStore, bell: Bell, clock: Clock, everyMs = 1_000): () => void {
  const timer = setInterval(() => {
    const now = clock.now();
    for (const approval of store.due(now)) expireIfDue(store, bell, approval, now);
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
