import { endHeldUnder } from "../approvals/holds.ts";
import type { ApprovalsDeps } from "../approvals/transition.ts";
import type { Ended, Endings } from "../domain/ports.ts";

const nothing: Ended = { sessions: 0, held: 0, calls: 0, streams: 0, grants: 0, credentials: 0 };

/** Ends what is held and granted in a task. */
export function openEndings(approvals: ApprovalsDeps): Endings {
  return {
    async end(_matches, { kind, id, reason }) {
      if (kind !== "task" || id === null) return nothing;
      const at = approvals.clock.now();
      await endHeldUnder(approvals, { id: "", kind, issuer: null, target: id, reason, by: "the task", at });
      return nothing;
    },
    onEnd: () => undefined,
  };
}
