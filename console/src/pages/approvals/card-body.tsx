import { Link } from "wouter";
import type { ApprovalCard } from "../../api/types.ts";
import { RuleList } from "../../parts/rule-list.tsx";
import { Section } from "../../parts/section.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { StateTag } from "../../parts/state-tag.tsx";
import { Text } from "../../parts/text.tsx";
import { Ago } from "../../parts/time.tsx";
import { headWarnings } from "../../text/card-warnings.ts";
import { AlsoBound } from "./also-bound.tsx";
import { Arguments } from "./arguments.tsx";
import { Attend } from "./attend.tsx";
import { Difference } from "./difference.tsx";
import { Effects } from "./effects.tsx";
import { EndAccess } from "./end-access.tsx";
import { FirstFacts } from "./first-facts.tsx";
import { LookClosely } from "./look-closely.tsx";
import { OwnWords } from "./own-words.tsx";
import { Receipts } from "./receipts.tsx";
import { RequestFacts } from "./request-facts.tsx";
import { SessionSoFar } from "./session-so-far.tsx";
import { Votes } from "./votes.tsx";
import { WhatChanged } from "./what-changed.tsx";

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
          <Attend card={card} changed={changed} />
        ) : (
          <Ago at={card.resolved_at ?? card.created} />
        )}
      </div>
      <WhatChanged card={card} />
      <h2 class="summary">
        <Text>{card.summary}</Text>
      </h2>
      <Effects card={card} />
      <LookClosely warnings={headWarnings(card)} />
      <FirstFacts card={card} />
      <Votes card={card} />
      <Arguments binding={binding} />
      <AlsoBound binding={binding} />
      <Difference card={card} />
      <OwnWords context={context} task={binding.task} />
      <SessionSoFar context={context} held={card.created} />
      <Section
        title="Why it was held"
        aside={<Link href={`/decisions/${encodeURIComponent(card.approval.decision_id)}`}>decision record</Link>}
      >
        <RuleList reasons={reasons} rules={card.rules} />
      </Section>
      <Receipts card={card} />
      <RequestFacts card={card} />
      <EndAccess card={card} />
      <p class="digest quiet">
        Digest <ShortId id={card.action_digest} what="action digest" keep={12} />: an approval fits this call, exactly
        as shown, and no other.
      </p>
    </div>
  );
}
