import type { ApprovalCard } from "../../api/types.ts";
import { Fact, Facts } from "../../parts/facts.tsx";
import { Text } from "../../parts/text.tsx";
import { textAt } from "../../text/json.ts";
import { Needs } from "./needs.tsx";

/** More than one person of one role is worth a line before everything else. */
function needsMore({ require }: ApprovalCard): boolean {
  return require.length > 1 || require.some(({ count, outside_team }) => count > 1 || outside_team !== undefined);
}

/** Who, for whom, with what, and why a person is asked: what must be seen before anything else. */
export function FirstFacts({ card }: { readonly card: ApprovalCard }) {
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
        <Text>{card.approval.reasons[0]?.message ?? "policy asked for an approval"}</Text>
      </Fact>
      <Fact name="Needs">{needsMore(card) ? <Needs card={card} /> : null}</Fact>
    </Facts>
  );
}
