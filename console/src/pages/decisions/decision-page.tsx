import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, isUnknown, messageOf } from "../../api/client.ts";
import type { DecisionRecord, OutcomeRecord, RuleInfo } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { Failed, Loading, NotKnown } from "../../components/notice";
import { RecordView } from "./record-view.tsx";

export interface Found {
  readonly decision: DecisionRecord;
  readonly outcome: OutcomeRecord | null;
  readonly rules: readonly RuleInfo[];
  readonly rules_revision: string | null;
}

export function DecisionPage({ id }: { readonly id: string }) {
  const found = useSignal<Found | null>(null);
  const problem = useSignal<string | null>(null);
  const unknown = useSignal(false);

  async function loadRecord(): Promise<void> {
    problem.value = null;
    try {
      found.value = await get<Found>(`/api/decisions/${encodeURIComponent(id)}`);
    } catch (thrown) {
      problem.value = messageOf(thrown);
      unknown.value = isUnknown(thrown);
    }
  }
  useEffect(() => void loadRecord(), [id]);

  return (
    <article class="record" aria-label="Decision record">
      <button type="button" class="plain back always" onClick={() => history.back()}>
        <Icon name="back" /> Back
      </button>
      {problem.value === null ? null : unknown.value ? (
        <NotKnown title="No record of this decision here" list="/decisions" listName="All decisions">
          {problem.value} Each gateway has a decision log of its own: look at the console of the one that the call came
          to. Records that were removed for their age are in no console.
        </NotKnown>
      ) : (
        <Failed message={problem.value} retry={() => void loadRecord()} />
      )}
      {found.value === null && problem.value === null ? <Loading what="the record" /> : null}
      {found.value === null ? null : <RecordView found={found.value} />}
    </article>
  );
}
