import type { ConnectedAccountRow } from "../../api/types.ts";
import { Chips } from "../../components/chips";
import { Fact, Facts } from "../../components/facts";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { Tone } from "../../components/tone";
import { Connect } from "./connect.tsx";
import { Disconnect } from "./disconnect.tsx";

interface Props {
  readonly item: ConnectedAccountRow;
  /** Origin to which the other side redirects. */
  readonly origin: string;
  /** An agent asked for it. */
  readonly wanted: boolean;
  readonly changed: () => void;
}

export function ConnectionItem({ item, origin, wanted, changed }: Props) {
  const { label, state, scopes } = item;
  return (
    <li class={wanted && state !== "connected" ? "item wanted" : "item"}>
      <div class="item-top">
        <h2 class="item-title">
          <Text>{label}</Text>
        </h2>
        <State item={item} />
      </div>
      <Reason item={item} wanted={wanted} />
      {item.connected_at === null ? null : <Known item={item} />}
      {scopes.length === 0 ? null : (
        <div class="asked">
          <span class="quiet small">{state === "not_connected" ? "You will be asked for" : "You agreed to"}</span>
          <Chips of={scopes} name="Scopes" />
        </div>
      )}
      <div class="item-actions">
        {state === "connected" ? null : <Connect item={item} origin={origin} focus={wanted} />}
        {state === "not_connected" ? null : <Disconnect item={item} changed={changed} />}
      </div>
    </li>
  );
}

function Known({ item: { upstream, connected_at, used_at, used_by } }: Pick<Props, "item">) {
  return (
    <Facts>
      <Fact name="Account there">{upstream === null ? null : <Text>{upstream}</Text>}</Fact>
      <Fact name="Connected">{connected_at === null ? null : <Ago at={connected_at} />}</Fact>
      <Fact name="Last used">
        {used_at === null ? null : (
          <>
            by <Text>{used_by ?? ""}</Text>, <Ago at={used_at} />
          </>
        )}
      </Fact>
    </Facts>
  );
}

function State({ item: { state } }: Pick<Props, "item">) {
  if (state === "connected") return <Tone tone="allow">Connected</Tone>;
  if (state === "ended") return <Tone tone="deny">No longer connected</Tone>;
  return <Tone tone="none">Not connected</Tone>;
}

/** What the person has to know before they do anything here. */
function Reason({ item: { label, state, why, reason }, wanted }: Pick<Props, "item" | "wanted">) {
  if (state === "ended" && why === "refused")
    return (
      <p>
        <Text>{label}</Text> no longer takes what it once gave: you, or somebody there, ended it. Agents are refused
        until you connect it again.
      </p>
    );
  if (state === "ended" && why === "operator")
    return (
      <p>
        An operator disconnected it:{" "}
        <q>
          <Text>{reason ?? ""}</Text>
        </q>{" "}
        Agents are refused until you connect it again.
      </p>
    );
  if (state === "ended") return <p>Your access to this gateway was ended, and this connection with it.</p>;
  if (state === "not_connected" && wanted) return <p>An agent needs this account for what it does for you.</p>;
  return null;
}
