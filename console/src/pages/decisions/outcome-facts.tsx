import type { OutcomeRecord } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { Text } from "../../components/text";
import { ShortId } from "../../components/short-id";
import { bytesText } from "../../text/json.ts";
import { tookText } from "../../text/numbers.ts";

const meanings: Readonly<Record<OutcomeRecord["outcome"], string>> = {
  forwarded: "forwarded; the tool server answered",
  withheld: "sent; the tool server answered, and policy did not let its answer through",
  refused: "refused; nothing was sent to the tool server",
  held: "held for people; nothing was sent yet",
  resumed: "people answered while the caller waited; a further decision followed",
  replayed: "given the result of the same call, which was approved and executed before; nothing was sent",
  failed: "sent; the tool server failed",
  unknown: "sent; how it ended is not known",
  abandoned: "the caller left before an answer",
  aborted: "cut while it was under way, since access ended; what was sent may have been executed",
  answered:
    "answered by the gateway itself, to a caller or another enforcement point; nothing was sent to a tool server",
};

export function OutcomeFacts({ outcome }: { readonly outcome: OutcomeRecord | null }) {
  if (outcome === null)
    return <p>No outcome is recorded. Either the call is still running, or the gateway stopped in the middle of it.</p>;
  return (
    <Facts>
      <Fact name="What came of it">{meanings[outcome.outcome]}</Fact>
      <Fact name="Ended by">{outcome.ended_by === undefined ? null : <Text>{endText(outcome.ended_by)}</Text>}</Fact>
      <Fact name="Caller got">
        {outcome.status === null ? null : `${outcome.status}${outcome.code === null ? "" : ` ${outcome.code}`}`}
      </Fact>
      <Fact name="Could not be read">{outcome.detail === undefined ? null : <Text>{outcome.detail}</Text>}</Fact>
      <Fact name="Tool server said">{outcome.upstream_status}</Fact>
      <Fact name="Took">{tookText(outcome.duration_ms)}</Fact>
      <Fact name="Sent">
        {outcome.forwarded_digest === null ? null : (
          <ShortId id={outcome.forwarded_digest} what="digest of what was sent" keep={12} />
        )}
      </Fact>
      <Fact name="Answer">{outcome.response_bytes === null ? null : bytesText(outcome.response_bytes)}</Fact>
      <Fact name="Digest of the answer">{answerDigest(outcome)}</Fact>
      <Fact name="Policy on the answer">{outcome.result === undefined ? null : resultText(outcome.result)}</Fact>
      <Fact name="Conditions met">{outcome.obligations.join(", ")}</Fact>
    </Facts>
  );
}

const omitted: Readonly<Record<NonNullable<OutcomeRecord["response_digest_omitted"]>, string>> = {
  event_stream: "left out: an event stream that no rule read (record.answer_digest)",
  off: "left out: switched off (record.answer_digest)",
};

function answerDigest({ response_digest: digest, response_digest_omitted: why }: OutcomeRecord) {
  if (why !== undefined) return omitted[why];
  return digest === null || digest === undefined ? null : <ShortId id={digest} what="digest of the answer" keep={12} />;
}

function endText({ kind, id, reason }: NonNullable<OutcomeRecord["ended_by"]>): string {
  return `${kind}${id === null ? "" : ` ${id}`}: ${reason}`;
}

function resultText({ effect, judged, redacted, reasons, labels }: NonNullable<OutcomeRecord["result"]>): string {
  const parts = [
    `${effect}, ${judged} judged`,
    redacted > 0 ? `${redacted} removed` : "",
    reasons.length > 0 ? `because of ${reasons.join(", ")}` : "",
    labels.length > 0 ? `labels ${labels.join(", ")}` : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}
