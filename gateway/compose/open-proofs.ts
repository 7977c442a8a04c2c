import type { Clock, Ids } from "../domain/ports.ts";
import { SharedProofs } from "../identify/dpop/shared-proofs.ts";
import type { State } from "./open-state.ts";

/** Well within the lifetime of a nonce. */
const refreshEveryMs = 10_000;

/** Used DPoP proofs and nonces of all processes of a store. */
export interface OpenProofs {
  readonly shared: SharedProofs;
  stop(): Promise<void>;
}

/** Null where the store is a file: then each process keeps its own in memory. */
export async function openProofs(
  { store, background }: Pick<State, "store" | "background">,
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
): Promise<OpenProofs | null> {
  if (store.shared === null) return null;
  const shared = await SharedProofs.open({ store: store.shared.proofs, clock, ids });
  const stop = background.every(refreshEveryMs, {
    name: "dpop-nonces",
    failing: "the nonces of DPoP cannot be renewed",
    severity: "degraded",
    work: () => shared.refresh(),
  });
  return { shared, stop };
}
