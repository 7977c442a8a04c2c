import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../components/icon";
import { now } from "../../state/clock.ts";
import { ApproveButton } from "./approve-button.tsx";
import { RequiredProof } from "./required-proof";
import { ScopeChoice } from "./scope-choice.tsx";
import { StepUp } from "./step-up.tsx";
import { useViewing } from "./use-viewing.ts";
import { useVote, type VoteProps } from "./use-vote.ts";

/** The foot of a held call's card: the form, or why this person cannot vote. */
export function VoteBar(props: VoteProps) {
  const { card } = props;
  if (card.state !== "held") return null;
  if (card.approve_by <= now.value) return <p class="vote-bar quiet">The time to decide has run out.</p>;
  if (!card.may_vote) return <p class="vote-bar quiet">{card.why_not}</p>;
  return <VoteForm {...props} />;
}

/** The form; Deny is the default choice and needs a reason. */
function VoteForm(props: VoteProps) {
  const { reason, problem, busy, chosenScope, vote, step } = useVote(props);
  const { card } = props;
  const viewed = useViewing(card);
  const deny = useRef<HTMLButtonElement>(null);
  useEffect(() => deny.current?.focus({ preventScroll: true }), [card.id]);
  const { justification } = card.approval.requirement;
  return (
    <form class="vote-bar" aria-label="Decide" onSubmit={(event) => event.preventDefault()}>
      <ScopeChoice card={card} chosenScope={chosenScope} />
      <RequiredProof card={card} />
      <label class="reason">
        <span>
          Reason <span class="quiet">{justification ? "(required)" : "(required to deny; shown to the agent)"}</span>
        </span>
        <textarea id="reason" ref={reason} rows={1} maxLength={1000} aria-describedby="vote-problem" />
      </label>
      <p id="vote-problem" class="problem" role="alert">
        {problem.value}
      </p>
      <StepUp card={card} step={step} />
      <div class="vote-buttons" hidden={step.required !== null}>
        <button type="button" id="deny" ref={deny} class="deny" disabled={busy.value} onClick={() => void vote("deny")}>
          <Icon name="deny" /> Deny
        </button>
        <ApproveButton
          card={card}
          chosenScope={chosenScope.value}
          viewed={viewed.value}
          busy={busy.value}
          approve={() => void vote("approve")}
        />
      </div>
    </form>
  );
}
