import type { ChannelRow } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { Text } from "../../components/text";
import { Tone } from "../../components/tone";
import { channelKind } from "./kinds.ts";

export function ChannelItem({ channel: { name, kind, updates, waiting, dead } }: { readonly channel: ChannelRow }) {
  return (
    <li class="item">
      <div class="item-top">
        <Tone tone={dead > 0 ? "deny" : "allow"}>
          {dead > 0 ? `${dead.toLocaleString("en")} undelivered` : "Delivers"}
        </Tone>
        <span class="quiet">{channelKind(kind)}</span>
      </div>
      <p class="item-title">
        <Text>{name}</Text>
      </p>
      <Facts>
        <Fact name="On their way">{waiting.toLocaleString("en")}</Fact>
        <Fact name="Once decided">{updates ? "the message is changed" : "a second message says so"}</Fact>
      </Facts>
    </li>
  );
}
