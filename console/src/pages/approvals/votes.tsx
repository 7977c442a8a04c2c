import type { ApprovalCard } from "../../api/types.ts";
import { Section } from "../../parts/section.tsx";
import { StateTag } from "../../parts/state-tag.tsx";
import { Text } from "../../parts/text.tsx";
import { Ago } from "../../parts/time.tsx";

/** Who decided what, when and why; and what became of it. Shown wherever it was decided. */
export function Votes({ card }: { readonly card: ApprovalCard }) {
  const { outcome } = card.approval;
  if (card.votes.length === 0 && card.state === "held") return null;
  return (
    <Section title="Decided">
      {card.votes.length === 0 ? <p>Nobody voted. {ending[card.state] ?? ""}</p> : null}
      <ul class="votes">
        {card.votes.map((vote) => (
          <li key={vote.approver}>
            <StateTag state={vote.vote === "approve" ? "approved" : "denied"} /> by <strong>{vote.approver}</strong>,{" "}
            <Ago at={vote.at} />
            {vote.reason === null ? null : (
              <q>
                <Text>{vote.reason}</Text>
              </q>
            )}
          </li>
        ))}
      </ul>
      {card.votes.length > 0 ? <p class="quiet">{ending[card.state] ?? ""}</p> : null}
      {outcome === null ? null : (
        <p class="quiet">
          <Text>{outcome}</Text>
        </p>
      )}
    </Section>
  );
}

const ending: Readonly<Record<string, string>> = {
  held: "More votes are needed.",
  approved: "Approved. It runs when the agent comes back for it; policy is asked once more before.",
  released: "Released to the tool server.",
  delivered: "Executed; the tool server answered.",
  failed: "Released, but the tool server failed.",
  unknown: "Released, and how it ended is not known. It is never retried by itself; look at the tool server.",
  denied: "Not executed. The agent was told the reason.",
  expired: "The time ran out; it was not executed.",
  cancelled: "Withdrawn; it was not executed.",
  superseded: "Another request took its place; it was not executed.",
  drifted: "Something changed after the vote; it was not executed.",
};
