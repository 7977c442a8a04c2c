import { Link } from "wouter";
import type { ApprovalCard } from "../../api/types.ts";
import { RuleList } from "../../components/rule-list";
import { Section } from "../../components/section";
import { ShortId } from "../../components/short-id";
import { StateTag } from "../../components/state-tag";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { headWarnings } from "../../text/card-warnings.ts";
import { AlsoBound } from "./also-bound.tsx";
import { Arguments } from "./arguments.tsx";
import { ClaimBar } from "./claim-bar";
import { Difference } from "./difference.tsx";
import { Effects } from "./effects.tsx";
import { RevokeAccess } from "./revoke-access";
import { KeyFacts } from "./key-facts";
import { TextWarnings } from "./text-warnings";
import { DeclaredIntent } from "./declared-intent";
import { Receipts } from "./receipts.tsx";
import { RequestFacts } from "./request-facts.tsx";
import { SessionHistory } from "./session-history";
import { Votes } from "./votes.tsx";
import { ChangesSince } from "./changes-since";

interface Props {
  readonly card: ApprovalCard;
  readonly changed: (after: ApprovalCard) => void;
}

export function CardBody({ card, changed }: Props) {
  const { binding, context, reasons } = card.approval;
  return (
    <div class="card-body">
      <div class="card-top">
        <StateTag state={card.state} />
        {card.state === "held" ? (
          <ClaimBar card={card} changed={changed} />
        ) : (
          <Ago at={card.resolved_at ?? card.created} />
        )}
      </div>
      <ChangesSince card={card} />
      <h2 class="summary">
        <Text>{card.summary}</Text>
      </h2>
      <Effects card={card} />
      <TextWarnings warnings={headWarnings(card)} />
      <KeyFacts card={card} />
      <Votes card={card} />
      <Arguments binding={binding} />
      <AlsoBound binding={binding} />
      <DeclaredIntent context={context} task={binding.task} />
      <SessionHistory context={context} held={card.created} />
      <Section
        title="Why it was held"
        aside={binding.protocol === "policy" ? undefined : <DecisionRecord card={card} />}
      >
        <RuleList reasons={reasons} rules={card.rules} />
      </Section>
      <Difference card={card} />
      <Receipts card={card} />
      <RequestFacts card={card} />
      {binding.protocol === "policy" ? null : <RevokeAccess card={card} />}
      <p class="digest quiet">
        Digest <ShortId id={card.action_digest} what="action digest" keep={12} />: an approval fits this call, exactly
        as shown, and no other.
      </p>
    </div>
  );
}

/** Each gateway has a decision log of its own. */
function DecisionRecord({ card: { record_at: at, approval } }: { readonly card: ApprovalCard }) {
  if (at === null) return <Link href={`/decisions/${encodeURIComponent(approval.decision_id)}`}>decision record</Link>;
  return (
    <>
      decision record <ShortId id={approval.decision_id} what="decision id" /> at the gateway <Text>{at}</Text>
    </>
  );
}
