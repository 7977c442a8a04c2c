import { usedUnsent } from "../domain/approval.ts";
import type { Holds } from "../domain/ports.ts";
import { fateOf } from "../domain/unknown-fate.ts";

export const neverSent = `${usedUnsent}whether it was used up could not be found out in time`;

/**
 * Uses up approvals and grants. Where nobody can tell whether an approval was used up, its call is refused and nothing is sent; when it
 * turns out that it was, it ends as failed, so that it does not stay released for ever.
 * @param ended called with each that has ended so
 */
export function endingUnsent(
  { consume, finish }: Pick<Holds, "consume" | "finish">,
  ended: (id: string) => void,
): Holds["consume"] {
  return async function consumeOrEnd(id, keyed) {
    try {
      return await consume(id, keyed);
    } catch (failure) {
      void fateOf(failure)?.then(async (isCommitted) => {
        if (!isCommitted || id.startsWith("g_")) return;
        ended(id);
        await finish(id, "failed", neverSent);
      });
      throw failure;
    }
  };
}
