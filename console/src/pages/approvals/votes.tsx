import type { ApprovalCard } from "../../api/types.ts";
import { Section } from "../../components/section";
import { StateTag } from "../../components/state-tag";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { elapsed } from "../../text/time.ts";

type Vote = ApprovalCard["votes"][number];

/** The votes with time and reason, and the outcome. */
export function Votes({ card }: { readonly card: ApprovalCard }) {
  const { outcome } = card.approval;
  if (card.votes.length === 0 && card.state === "held") return null;
  const took = card.resolved_at === null ? undefined : `${elapsed(card.resolved_at - card.created)} after it was held`;
  return (
    <Section title={card.state === "held" ? "Votes so far" : "Decided"} aside={took}>
      {card.votes.length === 0 ? <p>Nobody voted. {ending[card.state] ?? ""}</p> : null}
      <ul class="votes">
        {card.votes.map((vote) => (
          <OneVote key={`${vote.approver} ${vote.vote}`} vote={vote} />
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

function OneVote({ vote }: { readonly vote: Vote }) {
  return (
    <li>
      <StateTag state={vote.vote === "approve" ? "approved" : "denied"} /> by{" "}
      <strong>
        <Text>{vote.approver}</Text>
      </strong>
      , <Ago at={vote.at} />
      <span class="quiet">
        {looked(vote)}
        {methods[vote.method]}
        {vote.grant === null ? "" : `, for up to ${vote.grant.uses} calls`}
      </span>
      {vote.reason === null ? null : (
        <q>
          <Text>{vote.reason}</Text>
        </q>
      )}
    </li>
  );
}

function looked({ seen_ms }: Vote): string {
  return seen_ms === null || seen_ms === 0 ? "" : `, looked for ${elapsed(seen_ms)}`;
}

const methods: Readonly<Record<Vote["method"], string>> = {
  password: "",
  oidc: "",
  token: ", from the command line",
  reauthenticated: ", signed in again for it",
  passkey: ", with a passkey",
};

const ending: Readonly<Record<string, string>> = {
  held: "More votes are needed.",
  approved:
    "Approved. It runs when the agent repeats or polls it; policy is evaluated again before. Until then it can be denied.",
  released: "Released to the tool server.",
  delivered: "Executed; the tool server answered.",
  failed: "Released, but the tool server failed.",
  unknown: "Released, and how it ended is not known. It is never retried by itself; look at the tool server.",
  denied: "Not executed. The agent was told the reason.",
  expired: "The time ran out; it was not executed.",
  cancelled: "Withdrawn; it was not executed.",
  drifted: "Something changed after it was held; it was not executed and is held again.",
};
