import type { Attention, AttentionLimitFact, AttentionStore, Clock } from "../domain/ports.ts";

/** What is kept of refusals, and the furthest a report looks back. */
export const keptDays = 30;
export const dayMs = 86_400_000;

/** Distinct things counted between two writes; a flood of made-up names must not fill the memory. */
const pendingCap = 1_000;

export interface AttentionCounter extends Attention {
  /** Writes what was counted since the last time; what cannot be written stays counted. */
  flush(): Promise<void>;
  /** Called with each fact as it happens; for metrics. Returns how to stop. */
  watch(listener: Attention): () => void;
}

/**
 * Counts in memory and writes now and then: a flood is refused on the path of calls, and a write to disk for each
 * refusal would make the flood cheaper for the agent than for the gateway.
 */
export function attentionCounter(store: AttentionStore, clock: Clock): AttentionCounter {
  let pending: Pending = new Map();
  const listeners = new Set<Attention>();
  return {
    voted: (approval, vote) => {
      for (const listener of listeners) listener.voted(approval, vote);
    },
    limitReached: (kind, who, rules) => {
      const rule = [...new Set(rules)].toSorted().join(", ");
      count(pending, { kind, who, rule, times: 1 });
      for (const listener of listeners) listener.limitReached(kind, who, rules);
    },
    flush: async () => {
      if (pending.size === 0) return;
      // Taken out first: what is counted while this is written is the next write's, and no fact is in two writes.
      const facts = [...pending.values()];
      pending = new Map();
      try {
        await store.addAttentionLimits(facts, clock.now(), clock.now() - keptDays * dayMs);
      } catch (failure) {
        for (const fact of facts) count(pending, fact);
        throw failure;
      }
    },
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

type Counted = Omit<AttentionLimitFact, "last">;
type Pending = Map<string, Counted>;

function count(pending: Pending, { kind, who, rule, times }: Counted): void {
  const key = JSON.stringify([kind, who, rule]);
  const before = pending.get(key)?.times ?? 0;
  if (before > 0 || pending.size < pendingCap) pending.set(key, { kind, who, rule, times: before + times });
}
