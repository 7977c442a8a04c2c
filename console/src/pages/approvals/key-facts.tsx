import type { ApprovalCard } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { Text } from "../../components/text";
import { textAt } from "../../text/json.ts";
import { QuorumProgress } from "./quorum-progress";

/** Whether the call needs more than one approval of one role. */
function needsMore({ require }: ApprovalCard): boolean {
  return require.length > 1 || require.some(({ count, outside_team }) => count > 1 || outside_team !== undefined);
}

/** The most important facts: the agent, the person it acts for, the tool, and why the call is held. */
export function KeyFacts({ card }: { readonly card: ApprovalCard }) {
  const owner = textAt(card.approval.context, "catalog", "owner");
  return (
    <Facts>
      <Fact name="Agent">
        <code>
          <Text>{card.agent}</Text>
        </code>
      </Fact>
      <Fact name="For">
        {card.acting_for === null ? (
          <span class="quiet">nobody: the agent acts for itself</span>
        ) : (
          <Text>{card.acting_for}</Text>
        )}
      </Fact>
      <Fact name="Tool">
        <code>
          <Text>{card.tool}</Text>
        </code>
        {owner === null ? null : (
          <span class="quiet">
            {" owned by "}
            <Text>{owner}</Text>
          </span>
        )}
      </Fact>
      <Fact name="Why held">
        <Text>{card.approval.reasons[0]?.message ?? "policy requires an approval"}</Text>
      </Fact>
      <Fact name="Needs">{needsMore(card) ? <QuorumProgress card={card} /> : null}</Fact>
    </Facts>
  );
}
