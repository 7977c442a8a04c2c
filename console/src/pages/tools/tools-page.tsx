import type { DefinitionChange, Timed } from "../../api/types.ts";
import { Empty, Failed, Loading } from "../../components/notice";
import { useResource } from "../../state/use-resource.ts";
import { ChangedTool } from "./changed-tool.tsx";
import { WaitingTools } from "./waiting-tools.tsx";

type Changes = Timed<{ readonly items: readonly DefinitionChange[]; readonly total: number }>;

/** Tools whose definition differs from the pinned one, with both definitions and a button to accept the new one. */
export function ToolsPage() {
  return (
    <div class="page">
      <h1>Tools</h1>
      <p class="lead quiet">
        What a tool says of itself is pinned when it is first listed. A tool that changes it is neither run nor shown to
        agents until an operator accepts the new words: they may carry instructions to the agent.
      </p>
      <section aria-labelledby="changed">
        <h2 id="changed">Changed definitions</h2>
        <ChangedTools />
      </section>
      <section aria-labelledby="waiting">
        <h2 id="waiting">New definitions that wait</h2>
        <WaitingTools />
      </section>
    </div>
  );
}

function ChangedTools() {
  const { data, problem, forbidden, load } = useResource<Changes>("/api/tools/changes?limit=100");
  if (forbidden.value) return <Empty title="Not for your roles">{problem.value}</Empty>;
  if (problem.value !== null) return <Failed message={problem.value} retry={() => void load()} />;
  if (data.value === null) return <Loading what="changed definitions" />;
  const { items, total } = data.value;
  if (items.length === 0)
    return (
      <p class="quiet">No tool has changed its definition. One that does appears here, with what it said before.</p>
    );
  return (
    <>
      <ul class="items">
        {items.map((change) => (
          <ChangedTool
            key={`${change.server}/${change.tool} ${change.digest}`}
            change={change}
            accepted={() => load()}
          />
        ))}
      </ul>
      {total > items.length ? <p class="quiet">{total - items.length} more appear when these are accepted.</p> : null}
    </>
  );
}
