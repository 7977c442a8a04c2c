import type { Attention, AttentionStore, Clock, AttentionLimitFact } from "../domain/ports.ts";

/** What is kept of refusals, and the furthest a report looks back. */
export const keptDays = 30;
export const dayMs = 86_400_000;

/** Distinct things counted between two writes; a flood of made-up names must not fill the memory. */
const pendingCap = 1_000;

export interface AttentionCounter extends Attention {
  /** Writes what was counted since the last time. */
  flush(): void;
  /** Called with each fact as it happens; for metrics. Returns how to stop. */
  watch(listener: Attention): () => void;
}

/**
 * Counts in memory and writes now and then: a flood is refused on the path of calls, and a write to disk for each
 * refusal would make the flood cheaper for the agent than for the gateway.
 */
export function attentionCounter(store: AttentionStore, clock: Clock): AttentionCounter {
  const pending = new Map<string, Omit<AttentionLimitFact, "last">>();
  const listeners = new Set<Attention>();
  return {
    voted: (approval, vote) => {
      for (const listener of listeners) listener.voted(approval, vote);
    },
    limitReached: (kind, who, rules) => {
      const rule = [...new Set(rules)].toSorted().join(", ");
      const key = JSON.stringify([kind, who, rule]);
      const times = (pending.get(key)?.times ?? 0) + 1;
      if (times > 1 || pending.size < pendingCap) pending.set(key, { kind, who, rule, times });
      for (const listener of listeners) listener.limitReached(kind, who, rules);
    },
    flush: () => {
      if (pending.size === 0) return;
      store.addAttentionLimits([...pending.values()], clock.now(), clock.now() - keptDays * dayMs);
      pending.clear();
    },
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
