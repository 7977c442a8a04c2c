import type { CallUnderWay, Clock, Logger, CredentialValidity } from "../domain/ports.ts";
import type { EndedBy } from "../domain/revocation.ts";
import type { CallsUnderWay } from "./calls-under-way.ts";

interface SweepDeps {
  readonly underWay: CallsUnderWay;
  readonly validity: CredentialValidity;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/**
 * Cuts what outlives the credential that it was let through by. One pass over what is under way, instead of a timer for each call:
 * most calls are gone before the next pass.
 * @returns the work of one pass
 */
export function credentialSweep({ underWay, validity, clock, logger }: SweepDeps): () => Promise<void> {
  return async function sweep() {
    if (underWay.size === 0) return;
    const now = clock.now();
    const ended = new Map<CallUnderWay, EndedBy>();
    for (const call of underWay) {
      const by = validity.endedBy(call.subject, now);
      if (by !== null) ended.set(call, by);
    }
    if (ended.size === 0) return;
    const { calls, streams, done } = underWay.cut([...ended.keys()], (call) => ended.get(call) as EndedBy);
    logger.info("what outlived its caller's credential was cut", { calls, streams });
    await done;
  };
}
