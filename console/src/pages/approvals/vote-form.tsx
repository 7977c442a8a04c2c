import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../components/icon";
import { now } from "../../state/clock.ts";
import { drafts } from "../../state/drafts.ts";
import { ApproveButton } from "./approve-button.tsx";
import { RequiredProof } from "./required-proof";
import { ScopeChoice } from "./scope-choice.tsx";
import { StepUp } from "./step-up.tsx";
import { useViewing } from "./use-viewing.ts";
import { useVote, type VoteProps } from "./use-vote.ts";

/** The foot of an open call's card: the form, or why this person cannot vote. */
export function VoteBar(props: VoteProps) {
  const { card } = props;
  if (card.state === "approved" && card.may_deny && (card.execute_by ?? 0) > now.value) return <DenyForm {...props} />;
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
      <Reason digest={card.action_digest} of={reason} problem={problem.value}>
        {justification ? "(required)" : "(required to deny; shown to the agent)"}
      </Reason>
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

/** Until an approved call runs, whoever may vote on it may still stop it. */
function DenyForm(props: VoteProps) {
  const { reason, problem, busy, vote } = useVote(props);
  return (
    <form class="vote-bar" aria-label="Stop it" onSubmit={(event) => event.preventDefault()}>
      <p class="quiet">Approved. It has not run yet.</p>
      <Reason digest={props.card.action_digest} of={reason} problem={problem.value}>
        (required; shown to the agent)
      </Reason>
      <div class="vote-buttons">
        <button type="button" id="deny" class="deny" disabled={busy.value} onClick={() => void vote("deny")}>
          <Icon name="deny" /> Deny before it runs
        </button>
      </div>
    </form>
  );
}

interface ReasonProps {
  readonly digest: string;
  readonly of: ReturnType<typeof useVote>["reason"];
  readonly problem: string | null;
  readonly children: ComponentChildren;
}

/** What was written is there again when the form comes back: the session may end meanwhile, or somebody else approve. */
function Reason({ digest, of, problem, children }: ReasonProps) {
  useEffect(() => {
    drafts.takeLeft(digest);
    if (of.current !== null && of.current.value === "") of.current.value = drafts.of(digest);
  }, [digest]);
  return (
    <>
      <label class="reason">
        <span>
          Reason <span class="quiet">{children}</span>
        </span>
        <textarea
          id="reason"
          ref={of}
          rows={1}
          maxLength={1000}
          aria-describedby="vote-problem"
          onInput={(event) => drafts.keep(digest, event.currentTarget.value)}
        />
      </label>
      <p id="vote-problem" class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}
