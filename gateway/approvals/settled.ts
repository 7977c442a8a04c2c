import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import { find, type Office } from "./office.ts";

/** Resolves when the item leaves `held`, or after `ms`, or when `signal` aborts; always with the current item. */
export async function settled(office: Office, id: string, ms: number, signal: AbortSignal): Promise<Approval> {
  const current = (): Approval => {
    const approval = find(office, id);
    if (approval === null) throw new Refusal("approval_unknown");
    return approval;
  };
  // The item itself is not kept meanwhile: it is most of what a call that waits would take of memory.
  if (current().state === "held" && ms > 0 && !signal.aborted) await change(office, id, ms, signal);
  return current();
}

function change(office: Office, id: string, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    const unwatch = office.bell.watchOne(id, (approval) => {
      if (approval.state !== "held") stop();
    });
    signal.addEventListener("abort", stop);
  });
}
