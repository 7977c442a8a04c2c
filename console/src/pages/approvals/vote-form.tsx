import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { messageOf, post } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { Icon } from "../../parts/icon.tsx";
import { now } from "../../state/clock.ts";

interface Props {
  readonly card: ApprovalCard;
  readonly voted: (after: ApprovalCard) => void;
  readonly reload: () => void;
}

/** Deny is the focused choice and needs a reason. Both send the digest of exactly what was on the screen. */
export function VoteForm({ card, voted, reload }: Props) {
  const reason = useRef<HTMLTextAreaElement>(null);
  const deny = useRef<HTMLButtonElement>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  useEffect(() => deny.current?.focus({ preventScroll: true }), [card.id]);
  const { justification } = card.approval.requirement;

  async function vote(choice: "approve" | "deny"): Promise<void> {
    const said = reason.current?.value.trim() ?? "";
    const missing = said === "" && (choice === "deny" || justification);
    problem.value = missing ? (choice === "deny" ? "Say why: a denial needs a reason, and the agent is told it." : "Policy asks for a justification.") : null;
    if (missing) return reason.current?.focus();
    busy.value = true;
    try {
      const body = { vote: choice, reason: said === "" ? null : said, action_digest: card.action_digest };
      voted(await post<ApprovalCard>(`/api/approvals/${encodeURIComponent(card.id)}/vote`, body));
    } catch (thrown) {
      problem.value = messageOf(thrown);
      reload();
    }
    busy.value = false;
  }

  const late = card.approve_by <= now.value;
  if (!card.may_vote || late) {
    const why = card.state === "held" && late ? "The time to decide has run out." : card.why_not;
    return card.state === "held" ? <p class="vote-bar quiet">{why}</p> : null;
  }
  return (
    <form class="vote-bar" aria-label="Decide" onSubmit={(event) => event.preventDefault()}>
      <label class="reason">
        <span>
          Reason <span class="quiet">{justification ? "(required)" : "(required to deny; the agent is told it)"}</span>
        </span>
        <textarea id="reason" ref={reason} rows={1} maxLength={1000} aria-describedby="vote-problem" />
      </label>
      <p id="vote-problem" class="problem" role="alert">
        {problem.value}
      </p>
      <div class="vote-buttons">
        <button type="button" id="deny" ref={deny} class="deny" disabled={busy.value} onClick={() => void vote("deny")}>
          <Icon name="deny" /> Deny
        </button>
        <button type="button" id="approve" class="approve" disabled={busy.value} onClick={() => void vote("approve")}>
          <Icon name="allow" /> Approve once
        </button>
      </div>
    </form>
  );
}
