import { useSignal } from "@preact/signals";
import { Link } from "wouter";
import { messageOf, post } from "../../api/client.ts";
import type { DeadLetter } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { Problem } from "../../components/form";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { Tone } from "../../components/tone";
import { channelKind } from "./kinds.ts";

interface Props {
  readonly letter: DeadLetter;
  readonly changed: () => void;
}

export function DeadLetterItem({ letter, changed }: Props) {
  return (
    <li class="item">
      <div class="item-top">
        <Tone tone="deny">{letter.told ? "Outcome not delivered" : "Never delivered"}</Tone>
        <span class="quiet">{letter.error_at === null ? null : <Ago at={letter.error_at} />}</span>
      </div>
      <p class="item-title">
        <Text>{letter.error ?? "The far side gave no reason."}</Text>
      </p>
      <Facts>
        <Fact name="Channel">
          <Text>{letter.channel}</Text> · {channelKind(letter.kind)}
        </Fact>
        <Fact name="About">
          <Link href={`/approvals/${encodeURIComponent(letter.approval_id)}`}>the held call</Link>
          {letter.escalated ? ", escalated because nobody answered" : null}
        </Fact>
        <Fact name="Attempts">{letter.attempts.toLocaleString("en")}</Fact>
      </Facts>
      <TryAgain letter={letter} changed={changed} />
    </li>
  );
}

function TryAgain({ letter: { id, kind }, changed }: Props) {
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  if (kind === null)
    return <p class="quiet">Name the channel in the configuration again, and it can be tried again.</p>;

  async function retry(): Promise<void> {
    busy.value = true;
    try {
      await post(`/api/channels/dead-letters/${encodeURIComponent(id)}/retry`, {});
      changed();
    } catch (thrown) {
      problem.value = messageOf(thrown);
      busy.value = false;
    }
  }

  return (
    <div class="item-actions">
      <button type="button" disabled={busy.value} onClick={() => void retry()}>
        Try again
      </button>
      <Problem text={problem.value} />
    </div>
  );
}
