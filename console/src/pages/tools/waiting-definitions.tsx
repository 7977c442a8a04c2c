import type { Timed, WaitingDefinition } from "../../api/types.ts";
import { JsonPanel } from "../../components/json-panel";
import { Empty, Failed, Loading } from "../../components/notice";
import { Tone } from "../../components/tone";
import { useResource } from "../../state/use-resource.ts";
import { definitionWords } from "../../text/definition-words.ts";
import { warningsOf } from "../../text/warnings.ts";
import { TextWarnings } from "../approvals/text-warnings";
import { AcceptAll } from "./accept-all.tsx";
import { DefinitionItem } from "./definition-item";

type Waiting = Timed<{ readonly items: readonly WaitingDefinition[]; readonly total: number }>;

/** What nobody sees or calls until its definition is accepted for the first time. */
export function WaitingDefinitions() {
  const { data, problem, forbidden, load } = useResource<Waiting>("/api/tools/waiting?limit=100");
  if (forbidden.value) return <Empty title="Not for your roles">{problem.value}</Empty>;
  if (problem.value !== null) return <Failed message={problem.value} retry={() => void load()} />;
  if (data.value === null) return <Loading what="definitions that wait" />;
  const { items, total } = data.value;
  if (items.length === 0)
    return (
      <p class="quiet">
        Nothing waits. On a route with the pins accepted, new tools, prompts and resources appear here.
      </p>
    );
  return (
    <>
      <ul class="items">
        {items.map((item) => (
          <WaitingItem key={`${definitionWords(item)} ${item.digest}`} item={item} accepted={() => load()} />
        ))}
      </ul>
      <AcceptAll items={items} accepted={() => load()} />
      {total > items.length ? <p class="quiet">{total - items.length} more appear when these are accepted.</p> : null}
    </>
  );
}

/** What it says of itself. */
function WaitingItem({ item, accepted }: { readonly item: WaitingDefinition; readonly accepted: () => Promise<void> }) {
  const { definition } = item;
  const { description } = definition;
  return (
    <DefinitionItem item={item} state={<Tone tone="hold">Waits</Tone>} what="the definition" accepted={accepted}>
      <TextWarnings warnings={typeof description === "string" ? warningsOf(description, "/description") : []} />
      <JsonPanel value={definition} label={`What ${definitionWords(item)} says of itself`} />
    </DefinitionItem>
  );
}
