import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { messageOf, post } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { clearSelection } from "../../state/selection.ts";
import { type Choice, missing } from "./use-vote.ts";

export interface BatchResult {
  readonly id: string;
  readonly state: string | null;
  readonly code: string | null;
  readonly detail: string | null;
}

/** Sends one vote on several calls, each with the digest of its card as it was shown; keeps the result of each. */
export function useBatch(cards: readonly ApprovalCard[]) {
  const reason = useRef<HTMLTextAreaElement>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const results = useSignal<readonly BatchResult[] | null>(null);

  async function vote(choice: Choice): Promise<void> {
    const said = reason.current?.value.trim() ?? "";
    const justification = cards.some(({ approval }) => approval.requirement.justification);
    problem.value = said === "" ? missing(choice, justification) : null;
    if (problem.value !== null) return reason.current?.focus();
    busy.value = true;
    try {
      const items = cards.map(({ id, action_digest }) => ({ id, action_digest }));
      const body = { vote: choice, reason: said === "" ? null : said, items };
      results.value = (await post<{ results: BatchResult[] }>("/api/approvals/batch", body)).results;
      clearSelection();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }

  return { reason, problem, busy, results, vote };
}
