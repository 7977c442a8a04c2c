import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, messageOf } from "../../api/client.ts";
import type { DecisionRecord, OutcomeRecord, RuleInfo } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { Failed, Loading } from "../../components/notice";
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

  async function loadRecord(): Promise<void> {
    problem.value = null;
    try {
      found.value = await get<Found>(`/api/decisions/${encodeURIComponent(id)}`);
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }
  useEffect(() => void loadRecord(), [id]);

  return (
    <article class="record" aria-label="Decision record">
      <button type="button" class="plain back always" onClick={() => history.back()}>
        <Icon name="back" /> Back
      </button>
      {problem.value !== null ? <Failed message={problem.value} retry={() => void loadRecord()} /> : null}
      {found.value === null && problem.value === null ? <Loading what="the record" /> : null}
      {found.value === null ? null : <RecordView found={found.value} />}
    </article>
  );
}
