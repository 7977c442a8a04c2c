import { useSignal } from "@preact/signals";
import { messageOf, post } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { Text } from "../../components/text";
import { Ago, Countdown } from "../../components/time";
import { now } from "../../state/clock.ts";
import { session } from "../../state/session.ts";
import { duration } from "../../text/time.ts";

const lastMinuteMs = 60_000;

interface Props {
  readonly card: ApprovalCard;
  readonly changed: (after: ApprovalCard) => void;
}

/** Who has claimed the call, the time left, and the button that extends it in the last minute. */
export function ClaimBar({ card, changed }: Props) {
  const problem = useSignal<string | null>(null);
  async function send(what: "claim" | "extend", body: object): Promise<void> {
    problem.value = null;
    try {
      changed(await post<ApprovalCard>(`/api/approvals/${encodeURIComponent(card.id)}/${what}`, body));
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }
  return (
    <div class="attend">
      <Claim card={card} take={(take) => void send("claim", { take })} />
      <span class="attend-time">
        <Countdown until={card.approve_by} />
        <Extend card={card} extend={() => void send("extend", {})} />
      </span>
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </div>
  );
}

function Claim({ card, take }: { readonly card: ApprovalCard; readonly take: (take: boolean) => void }) {
  const { claim } = card;
  const mine = claim?.by === session.value?.user;
  return (
    <span class={claim === null ? "claim" : "claim taken"}>
      {claim === null ? null : (
        <span class={mine ? "quiet" : "claimed"} role="status">
          {mine ? "You have" : <Other name={claim.by} />} taken it, <Ago at={claim.at} />
        </span>
      )}
      {card.may_vote ? (
        <button type="button" class="small-button" onClick={() => take(!mine || claim === null)}>
          {claim === null ? "I'll take it" : mine ? "Give back" : "Take over"}
        </button>
      ) : null}
    </span>
  );
}

function Other({ name }: { readonly name: string }) {
  return (
    <>
      <Text>{name}</Text> has
    </>
  );
}

/** Possible once, in the last minute: a call that no one decides must expire. */
function Extend({ card, extend }: { readonly card: ApprovalCard; readonly extend: () => void }) {
  const left = card.approve_by - now.value;
  if (!card.may_vote || left > lastMinuteMs || left <= 0) return null;
  const { seal, requirement } = card.approval;
  if (card.approve_by !== seal.approve_by) return <span class="quiet small">extended once already</span>;
  return (
    <>
      <span class="visually-hidden" role="status">
        Less than a minute left to decide
      </span>
      <button type="button" class="small-button" onClick={extend}>
        {duration(requirement.approve_within)} more
      </button>
    </>
  );
}
