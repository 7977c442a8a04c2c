import type { DecisionRecord, OutcomeRecord, RuleInfo } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { LoadState } from "../../components/load-state";
import { NotKnown } from "../../components/notice";
import { useResource } from "../../state/use-resource.ts";
import { RecordView } from "./record-view.tsx";

export interface Found {
  readonly decision: DecisionRecord;
  readonly outcome: OutcomeRecord | null;
  readonly rules: readonly RuleInfo[];
  readonly rules_revision: string | null;
}

export function DecisionPage({ id }: { readonly id: string }) {
  const found = useResource<Found>(`/api/decisions/${encodeURIComponent(id)}`);
  return (
    <article class="record" aria-label="Decision record">
      <button type="button" class="plain back always" onClick={() => history.back()}>
        <Icon name="back" /> Back
      </button>
      <LoadState
        of={found}
        what="the record"
        notKnown={
          <NotKnown title="No record of this decision here" list="/decisions" listName="All decisions">
            {found.problem.value} Each gateway has a decision log of its own: look at the console of the one that the
            call came to. Records that were removed for their age are in no console.
          </NotKnown>
        }
      >
        {(record) => <RecordView found={record} />}
      </LoadState>
    </article>
  );
}
