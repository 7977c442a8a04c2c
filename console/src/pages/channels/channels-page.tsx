import type { ChannelRow, DeadLetter, Timed } from "../../api/types.ts";
import { LoadState } from "../../components/load-state";
import { Empty } from "../../components/notice";
import { useResource } from "../../state/use-resource.ts";
import { ChannelItem } from "./channel-item.tsx";
import { DeadLetterItem } from "./dead-letter-item.tsx";

type Listed<Row> = Timed<{ readonly items: readonly Row[] }>;

/** Channels for messages about held calls, and messages that could not be delivered. */
export function ChannelsPage() {
  const channels = useResource<Listed<ChannelRow>>("/api/channels");
  const letters = useResource<Listed<DeadLetter>>("/api/channels/dead-letters");
  const again = (): void => {
    void channels.load(true);
    void letters.load(true);
  };
  return (
    <div class="page">
      <h1>Channels</h1>
      <p class="lead quiet">How people hear of calls that wait for them, and which messages were given up.</p>
      <LoadState of={channels} what="channels">
        {({ items }) => (items.length === 0 ? <NoChannels /> : <Channels channels={items} />)}
      </LoadState>
      <LoadState of={letters} what="undelivered messages">
        {({ items }) => (items.length === 0 ? null : <DeadLetters letters={items} changed={again} />)}
      </LoadState>
    </div>
  );
}

function Channels({ channels }: { readonly channels: readonly ChannelRow[] }) {
  return (
    <ul class="items" aria-label="Channels">
      {channels.map((channel) => (
        <ChannelItem key={channel.name} channel={channel} />
      ))}
    </ul>
  );
}

function DeadLetters({ letters, changed }: { readonly letters: readonly DeadLetter[]; readonly changed: () => void }) {
  return (
    <section aria-label="Undelivered">
      <h2>Undelivered</h2>
      <ul class="items">
        {letters.map((letter) => (
          <DeadLetterItem key={letter.id} letter={letter} changed={changed} />
        ))}
      </ul>
    </section>
  );
}

function NoChannels() {
  return (
    <Empty title="No channels">
      Held calls appear in this console only. With a section “channels” in the configuration people also hear of them by
      Slack, e-mail, Teams, PagerDuty or a signed webhook.
    </Empty>
  );
}
