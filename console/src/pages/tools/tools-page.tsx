import type { DefinitionChange, Timed } from "../../api/types.ts";
import { Empty, Failed, Loading } from "../../components/notice";
import { useResource } from "../../state/use-resource.ts";
import { definitionWords } from "../../text/definition-words.ts";
import { AcceptAll } from "./accept-all.tsx";
import { ChangedDefinition } from "./changed-definition.tsx";
import { WaitingDefinitions } from "./waiting-definitions.tsx";

type Changes = Timed<{ readonly items: readonly DefinitionChange[]; readonly total: number }>;

/** Definitions that differ from the pinned one, with both and a button to accept the new one, and new ones that wait. */
export function ToolsPage() {
  return (
    <div class="page">
      <h1>Tools</h1>
      <p class="lead quiet">
        What a tool, a prompt or a resource says of itself is pinned when it is first listed. One that changes it is
        neither used nor shown to agents until an operator accepts the new words: they may carry instructions to the
        agent.
      </p>
      <section aria-labelledby="changed">
        <h2 id="changed">Changed definitions</h2>
        <ChangedDefinitions />
      </section>
      <section aria-labelledby="waiting">
        <h2 id="waiting">New definitions that wait</h2>
        <WaitingDefinitions />
      </section>
    </div>
  );
}

function ChangedDefinitions() {
  const { data, problem, forbidden, load } = useResource<Changes>("/api/tools/changes?limit=100");
  if (forbidden.value) return <Empty title="Not for your roles">{problem.value}</Empty>;
  if (problem.value !== null) return <Failed message={problem.value} retry={() => void load()} />;
  if (data.value === null) return <Loading what="changed definitions" />;
  const { items, total } = data.value;
  if (items.length === 0)
    return <p class="quiet">No definition has changed. One that does appears here, with what it said before.</p>;
  return (
    <>
      <ul class="items">
        {items.map((change) => (
          <ChangedDefinition
            key={`${definitionWords(change)} ${change.digest}`}
            change={change}
            accepted={() => load()}
          />
        ))}
      </ul>
      <AcceptAll items={items} accepted={() => load()} />
      {total > items.length ? <p class="quiet">{total - items.length} more appear when these are accepted.</p> : null}
    </>
  );
}
