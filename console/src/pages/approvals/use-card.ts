import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, messageOf } from "../../api/client.ts";
import type { ApprovalCard, ApprovalRow } from "../../api/types.ts";
import { rows } from "../../state/inbox.ts";
import { cardShown } from "../../state/selection.ts";

/** The card of one approval, reloaded whenever its row in the inbox changes. */
export function useCard(id: string) {
  const card = useSignal<ApprovalCard | null>(null);
  const problem = useSignal<string | null>(null);

  async function loadCard(passive: boolean): Promise<void> {
    try {
      card.value = await get<ApprovalCard>(`/api/approvals/${encodeURIComponent(id)}`, { passive });
      cardShown(card.value);
      problem.value = null;
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  const row = rows.value.find((known) => known.id === id);
  const version = row === undefined ? "" : versionOf(row);
  useEffect(() => {
    const known = card.value;
    if (known === null) void loadCard(false);
    else if (version !== "" && version !== versionOf(known)) void loadCard(true);
  }, [version]);

  return { card, problem, loadCard };
}

/** Changes whenever another person changes the approval. */
function versionOf({ state, votes, approve_by, claim }: ApprovalRow): string {
  return JSON.stringify([state, votes.length, approve_by, claim]);
}
