import { Refusal } from "../domain/errors.ts";
import type { Clock, Ids, KeptRevocation, Logger, Revocations, RevocationStore } from "../domain/ports.ts";
import { type Revocable, type Revocation, revokes } from "../domain/revocation.ts";

export interface RevocationOptions {
  readonly store: RevocationStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Ends what is held under it. */
  readonly onRevoked: (revocation: Revocation) => void;
}

/**
 * Kept in memory, for they are asked on every call; another process's are seen on the next call after it wrote them. What the
 * store cannot take is in force at once all the same, and is written when the store can be.
 */
export function revocations({ store, clock, ids, logger, onRevoked }: RevocationOptions): Revocations {
  /** In force, and not on disk or not carried through yet. */
  const pending = new Map<string, Revocation>();
  let known = store.list();
  function refresh(): void {
    const stored = store.list();
    const missing = [...pending.values()].filter(({ id }) => stored.every((one) => one.id !== id));
    known = [...stored, ...missing];
  }
  const current = (): readonly Revocation[] => {
    if (store.changedElsewhere()) refresh();
    return known;
  };
  /** Twice is harmless: each part is left out that is done. */
  function settle(revocation: Revocation): void {
    if (store.list().every(({ id }) => id !== revocation.id)) store.add(revocation);
    onRevoked(revocation);
    pending.delete(revocation.id);
  }
  const kept = (revocation: Revocation): KeptRevocation => ({ ...revocation, durable: !pending.has(revocation.id) });
  return {
    against: (call) => current().find((one) => revokes(one, call)) ?? null,
    list: () => current().map(kept),
    revoke: (wanted) => {
      const revocation: Revocation = { ...wanted, id: ids.make("k"), at: clock.now() };
      pending.set(revocation.id, revocation);
      known = [...known, revocation];
      try {
        settle(revocation);
        refresh();
      } catch (failure) {
        logger.error("access was ended in memory only; a restart would give it back", { error: String(failure) });
      }
      logger.warn("access was ended", { ...revocation });
      return kept(revocation);
    },
    lift: (id, by) => {
      const isStored = store.list().some((one) => one.id === id);
      if (!isStored && !pending.has(id)) throw new Refusal("revocation_unknown");
      if (isStored) store.lift(id);
      pending.delete(id);
      refresh();
      logger.warn("access was given back", { revocation: id, by });
    },
    keep: () => {
      for (const revocation of [...pending.values()]) settle(revocation);
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
