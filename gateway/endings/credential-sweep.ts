import type { CallUnderWay, Clock, Logger, Standing } from "../domain/ports.ts";
import type { EndedBy } from "../domain/revocation.ts";
import type { CallsUnderWay } from "./calls-under-way.ts";

interface SweepDeps {
  readonly underWay: CallsUnderWay;
  readonly standing: Standing;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/**
 * Cuts what outlives the credential that it was let through by. One pass over what is under way, instead of a timer for each call:
 * most calls are gone before the next pass.
 * @returns the work of one pass
 */
export function credentialSweep({ underWay, standing, clock, logger }: SweepDeps): () => Promise<void> {
  return async function sweep() {
    if (underWay.size === 0) return;
    const now = clock.now();
    const lost = new Map<CallUnderWay, EndedBy>();
    for (const call of underWay) {
      const by = standing.lost(call.subject, now);
      if (by !== null) lost.set(call, by);
    }
    if (lost.size === 0) return;
    const { calls, streams, done } = underWay.cut([...lost.keys()], (call) => lost.get(call) as EndedBy);
    logger.info("what outlived its caller's credential was cut", { calls, streams });
    await done;
  };
}
