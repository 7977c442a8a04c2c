import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { now } from "../../state/clock.ts";

/** Well below the time after which the gateway takes a silent screen for gone. */
const reportEveryMs = 2_000;

/** Milliseconds that the gateway has counted so far, and the server's time when it said so; `since` is null while hidden. */
export interface Viewed {
  readonly ms: number;
  readonly since: number | null;
}

/**
 * Reports to the gateway while the card can be seen: not behind another tab, not in a minimised window. Only that time counts
 * as looked at, for the minimum before an approval and for the reports about it.
 */
export function useViewing(card: ApprovalCard): Signal<Viewed> {
  const viewed = useSignal<Viewed>({ ms: card.viewed_ms, since: null });
  useEffect(() => reportViewing(card.id, (seen) => (viewed.value = seen)), [card.id]);
  return viewed;
}

function reportViewing(id: string, tell: (viewed: Viewed) => void): () => void {
  const path = `/api/approvals/${encodeURIComponent(id)}/viewing`;
  let shown = false;
  async function report(visible: boolean): Promise<void> {
    try {
      const { viewed_ms } = await post<{ viewed_ms: number }>(path, { visible }, { passive: true });
      tell({ ms: viewed_ms, since: visible ? now.value : null });
    } catch {
      // A report that did not arrive counts for nothing; the next one follows, and a vote says what is missing.
    }
  }
  function look(): void {
    const visible = document.visibilityState === "visible";
    if (visible || shown) void report(visible);
    shown = visible;
  }
  look();
  const timer = setInterval(look, reportEveryMs);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
    if (shown) void report(false);
  };
}
