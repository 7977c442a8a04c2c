import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, messageOf } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { rows } from "../../state/inbox.ts";

/** The card of one approval, loaded again whenever its line in the inbox says that it changed. */
export function useCard(id: string) {
  const card = useSignal<ApprovalCard | null>(null);
  const problem = useSignal<string | null>(null);

  async function loadCard(passive: boolean): Promise<void> {
    try {
      card.value = await get<ApprovalCard>(`/api/approvals/${encodeURIComponent(id)}`, { passive });
      problem.value = null;
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  const row = rows.value.find((known) => known.id === id);
  const version = row === undefined ? "" : `${row.state} ${row.votes.length}`;
  useEffect(() => {
    const known = card.value;
    if (known === null) void loadCard(false);
    else if (version !== "" && version !== `${known.state} ${known.votes.length}`) void loadCard(true);
  }, [version]);

  return { card, problem, loadCard };
}
