import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import { find, type ApprovalsDeps } from "./move.ts";

/** Resolves when the item leaves `held`, or after `ms`, or when `signal` aborts; always with the current item. */
export async function settled(deps: ApprovalsDeps, id: string, ms: number, signal: AbortSignal): Promise<Approval> {
  const current = (): Approval => {
    const approval = find(deps, id);
    if (approval === null) throw new Refusal("approval_unknown");
    return approval;
  };
  // The item itself is not kept meanwhile: it is most of what a call that waits would take of memory.
  if (current().state === "held" && ms > 0 && !signal.aborted) await change(deps, id, ms, signal);
  return current();
}

function change(deps: ApprovalsDeps, id: string, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    const unwatch = deps.events.watchOne(id, (approval) => {
      if (approval.state !== "held") stop();
    });
    signal.addEventListener("abort", stop);
  });
}
