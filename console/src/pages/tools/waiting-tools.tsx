import { useSignal } from "@preact/signals";
import { messageOf, post } from "../../api/client.ts";
import type { Timed, WaitingDefinition } from "../../api/types.ts";
import { Problem } from "../../components/form";
import { JsonPanel } from "../../components/json-panel";
import { Empty, Failed, Loading } from "../../components/notice";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";
import { Tone } from "../../components/tone";
import { useResource } from "../../state/use-resource.ts";
import { warningsOf } from "../../text/warnings.ts";
import { TextWarnings } from "../approvals/text-warnings";

type Waiting = Timed<{ readonly items: readonly WaitingDefinition[]; readonly total: number }>;

/** Tools that nobody sees or calls until their definition is accepted for the first time. */
export function WaitingTools() {
  const { data, problem, forbidden, load } = useResource<Waiting>("/api/tools/waiting?limit=100");
  if (forbidden.value) return <Empty title="Not for your roles">{problem.value}</Empty>;
  if (problem.value !== null) return <Failed message={problem.value} retry={() => void load()} />;
  if (data.value === null) return <Loading what="definitions that wait" />;
  const { items, total } = data.value;
  if (items.length === 0)
    return <p class="quiet">No tool waits. On a route with the pins accepted, new tools appear here.</p>;
  return (
    <>
      <ul class="items">
        {items.map((item) => (
          <WaitingTool key={`${item.server}/${item.tool} ${item.digest}`} item={item} accepted={() => load()} />
        ))}
      </ul>
      {total > items.length ? <p class="quiet">{total - items.length} more appear when these are accepted.</p> : null}
    </>
  );
}

/** What a tool says of itself. Accepting sends the digest of what is shown. */
function WaitingTool({ item, accepted }: { readonly item: WaitingDefinition; readonly accepted: () => Promise<void> }) {
  const { server, tool, digest, definition } = item;
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  async function accept(): Promise<void> {
    busy.value = true;
    try {
      await post("/api/tools/accept", { server, tool, digest });
      await accepted();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }
  const { description } = definition;
  return (
    <li class="item">
      <div class="item-top">
        <Tone tone="hold">Waits</Tone>
        <ShortId id={digest} what="digest of the definition" keep={5} />
      </div>
      <p class="item-title">
        <code class="break">
          <Text>{`${server}/${tool}`}</Text>
        </code>
      </p>
      <TextWarnings warnings={typeof description === "string" ? warningsOf(description, "/description") : []} />
      <JsonPanel value={definition} label={`What ${server}/${tool} says of itself`} />
      <div class="item-actions">
        <button type="button" disabled={busy.value} onClick={() => void accept()}>
          Accept the definition
        </button>
        <Problem text={problem.value} />
      </div>
    </li>
  );
}
