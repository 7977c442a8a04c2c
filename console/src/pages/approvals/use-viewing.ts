import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { now } from "../../state/clock.ts";
import type { Viewed } from "../../text/time.ts";

/** Well below the time after which the gateway ends the viewing of a silent screen. */
const reportEveryMs = 2_000;

/**
 * Reports to the gateway while the card is visible, not in a background tab or a minimised window. Only that time
 * counts towards the minimum review time.
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
      // A lost report is ignored; the next one follows.
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
