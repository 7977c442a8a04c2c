import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { messageOf, post } from "../../api/client.ts";
import type { ApprovalCard, GrantScope } from "../../api/types.ts";
import { drafts } from "../../state/drafts.ts";
import { isLate, useStepUp } from "./use-step-up.ts";

export type Choice = "approve" | "deny";

export interface VoteProps {
  readonly card: ApprovalCard;
  readonly voted: (after: ApprovalCard) => void;
  readonly reload: () => void;
  /** Called when the call had ended before this vote. */
  readonly late: (vote: Choice) => void;
}

/** Sends a vote with the digest of what was shown; reports missing input first. */
export function useVote({ card, reload, late, ...given }: VoteProps) {
  const reason = useRef<HTMLTextAreaElement>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const chosenScope = useSignal<GrantScope | null>(null);
  const voted = (after: ApprovalCard): void => {
    drafts.drop(card.action_digest);
    given.voted(after);
  };
  const step = useStepUp(card, reason, { voted, late });

  async function vote(choice: Choice): Promise<void> {
    const said = reason.current?.value.trim() ?? "";
    problem.value = said === "" ? missing(choice, card.approval.requirement.justification) : null;
    if (problem.value !== null) return reason.current?.focus();
    busy.value = true;
    const grant = choice === "approve" && chosenScope.value !== null ? { grant: chosenScope.value } : {};
    const body = { vote: choice, reason: said === "" ? null : said, action_digest: card.action_digest, ...grant };
    try {
      voted(await post<ApprovalCard>(`/api/approvals/${encodeURIComponent(card.id)}/vote`, body));
    } catch (thrown) {
      if (!step.requires(thrown, body)) {
        problem.value = messageOf(thrown);
        if (isLate(thrown)) late(choice);
        reload();
      }
    }
    busy.value = false;
  }

  return { reason, problem, busy, chosenScope, vote, step };
}

export function missing(choice: Choice, justification: boolean): string | null {
  if (choice === "deny") return "Say why: a denial needs a reason, and the agent is told it.";
  return justification ? "Policy asks for a justification." : null;
}
