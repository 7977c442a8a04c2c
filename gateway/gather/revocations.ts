import { Refusal } from "../domain/errors.ts";
import type { Clock, Ids, Logger, Revocations, RevocationStore } from "../domain/ports.ts";
import { type Revocable, type Revocation, revokes } from "../domain/revocation.ts";

export interface RevocationOptions {
  readonly store: RevocationStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Ends what is held under it. */
  readonly onRevoked: (revocation: Revocation) => void;
}

/** Kept in memory, for they are asked on every call; another process's are seen on the next call after it wrote them. */
export function revocations({ store, clock, ids, logger, onRevoked }: RevocationOptions): Revocations {
  let known = store.list();
  const current = (): readonly Revocation[] => {
    if (store.changedElsewhere()) known = store.list();
    return known;
  };
  return {
    against: (call) => current().find((one) => revokes(one, call)) ?? null,
    list: () => [...current()],
    revoke: (wanted) => {
      const revocation: Revocation = { ...wanted, id: ids.make("k"), at: clock.now() };
      store.add(revocation);
      known = store.list();
      onRevoked(revocation);
      logger.warn("access was ended", { ...revocation });
      return revocation;
    },
    lift: (id, by) => {
      if (!store.lift(id)) throw new Refusal("revocation_unknown");
      known = store.list();
      logger.warn("access was given back", { revocation: id, by });
    },
  };
}

/** @throws Refusal access_revoked, gateway_stopped */
export function assertNotRevoked(revocations: Pick<Revocations, "against">, call: Revocable): void {
  const found = revocations.against(call);
  if (found === null) return;
  const code = found.kind === "gateway" ? "gateway_stopped" : "access_revoked";
  throw new Refusal(code, { hint: found.kind === "gateway" ? found.reason : `${found.kind}: ${found.reason}` });
}
