import { useEffect } from "preact/hooks";
import { useSearch } from "wouter";
import { Empty, Failed, Loading } from "../../components/notice";
import { decisions, decisionsLoad, nextPage, olderDecisions, searchDecisions } from "../../state/decisions.ts";
import { DecisionTable } from "./decision-table.tsx";
import { Filters } from "./filters.tsx";

export function DecisionsPage() {
  const search = useSearch();
  useEffect(() => void searchDecisions(search), [search]);
  return (
    <div class="decisions">
      <h1>Decisions</h1>
      <Filters search={search} />
      <Results search={search} />
    </div>
  );
}

function Results({ search }: { readonly search: string }) {
  const state = decisionsLoad.value;
  if (state.kind === "loading" && decisions.value.length === 0) return <Loading what="decisions" />;
  if (state.kind === "failed") return <Failed message={state.message} retry={() => void searchDecisions(search)} />;
  if (decisions.value.length === 0) {
    return search === "" ? (
      <Empty title="No decision yet">
        Every call that reaches the gateway leaves one line here, also the refused ones. Send one through a route to see
        it.
      </Empty>
    ) : (
      <Empty title="No decision matches">
        Take away a filter, or look further back: only what the log still holds is searched.
      </Empty>
    );
  }
  return (
    <>
      <DecisionTable rows={decisions.value} busy={state.kind === "loading"} />
      {nextPage.value === null ? null : (
        <button type="button" class="older" onClick={() => void olderDecisions(search).catch(() => null)}>
          Show older
        </button>
      )}
    </>
  );
}
