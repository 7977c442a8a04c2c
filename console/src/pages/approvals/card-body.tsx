import type { ApprovalCard } from "../../api/types.ts";
import { RuleList } from "../../parts/rule-list.tsx";
import { Section } from "../../parts/section.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { StateTag } from "../../parts/state-tag.tsx";
import { Text } from "../../parts/text.tsx";
import { Ago, Countdown } from "../../parts/time.tsx";
import { Arguments } from "./arguments.tsx";
import { Difference } from "./difference.tsx";
import { Effects } from "./effects.tsx";
import { FirstFacts } from "./first-facts.tsx";
import { OwnWords } from "./own-words.tsx";
import { RequestFacts } from "./request-facts.tsx";
import { SessionSoFar } from "./session-so-far.tsx";
import { Votes } from "./votes.tsx";

export function CardBody({ card }: { readonly card: ApprovalCard }) {
  const { binding, context, reasons } = card.approval;
  return (
    <div class="card-body">
      <div class="card-top">
        <StateTag state={card.state} />
        {card.state === "held" ? <Countdown until={card.approve_by} /> : <Ago at={card.resolved_at ?? card.created} />}
      </div>
      <h2 class="summary">
        <Text>{card.summary}</Text>
      </h2>
      <Effects card={card} />
      <FirstFacts card={card} />
      <Votes card={card} />
      <Arguments binding={binding} />
      <Difference card={card} />
      <OwnWords context={context} task={binding.task} />
      <SessionSoFar context={context} held={card.created} />
      <Section title="Why it was held">
        <RuleList reasons={reasons} rules={card.rules} />
      </Section>
      <RequestFacts card={card} />
      <p class="digest quiet">
        Digest <ShortId id={card.action_digest} what="action digest" keep={12} />: an approval fits this call, exactly
        as shown, and no other.
      </p>
    </div>
  );
}
