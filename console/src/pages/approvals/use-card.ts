import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get, isUnknown, messageOf } from "../../api/client.ts";
import type { ApprovalCard, ApprovalRow } from "../../api/types.ts";
import { rows } from "../../state/inbox.ts";
import { cardShown } from "../../state/selection.ts";

/** The card of one approval, reloaded whenever it differs from its row in the inbox. */
export function useCard(id: string) {
  const card = useSignal<ApprovalCard | null>(null);
  const problem = useSignal<string | null>(null);
  const unknown = useSignal(false);
  /** Answers may overtake each other: what was asked for before the newest answer counts no more. */
  const newest = useRef(0);

  function changed(after: ApprovalCard): void {
    newest.current += 1;
    card.value = after;
  }

  async function loadCard(passive: boolean): Promise<void> {
    const asked = ++newest.current;
    try {
      const loaded = await get<ApprovalCard>(`/api/approvals/${encodeURIComponent(id)}`, { passive });
      if (asked !== newest.current) return;
      card.value = loaded;
      cardShown(loaded);
      problem.value = null;
    } catch (thrown) {
      if (asked !== newest.current) return;
      problem.value = messageOf(thrown);
      unknown.value = isUnknown(thrown);
    }
  }

  const row = rows.value.find((known) => known.id === id);
  const version = row === undefined ? "" : versionOf(row);
  const shown = card.value === null ? "" : versionOf(card.value);
  useEffect(() => {
    if (shown === "") void loadCard(false);
    else if (version !== "" && version !== shown) void loadCard(true);
  }, [version, shown]);

  return { card, problem, unknown, loadCard, changed };
}

/** Changes whenever another person changes the approval. */
function versionOf({ state, votes, approve_by, claim }: ApprovalRow): string {
  return JSON.stringify([state, votes.length, approve_by, claim]);
}
