import { useSignal } from "@preact/signals";
import type { FatigueReport, Timed } from "../../api/types.ts";
import { LoadState } from "../../components/load-state";
import { Empty } from "../../components/notice";
import { Toggle } from "../../components/toggle";
import { useResource } from "../../state/use-resource.ts";
import { Approvers } from "./approvers.tsx";
import { DayChart } from "./day-chart.tsx";
import { Findings } from "./findings.tsx";
import { Floods } from "./floods.tsx";
import { Rules } from "./rules.tsx";

const windows = [
  ["1", "1 day"],
  ["7", "7 days"],
  ["30", "30 days"],
] as const;

/** Report on how people decide, to find approvals that were given without reading. */
export function FatiguePage() {
  const days = useSignal<(typeof windows)[number][0]>("30");
  const fast = useSignal(5);
  const report = useResource<Timed<FatigueReport>>(`/api/approvals-fatigue?days=${days.value}&fast=${fast.value}`);
  return (
    <div class="page">
      <h1>Fatigue</h1>
      <p class="lead quiet">How often people approve, and how long they look before they do.</p>
      <div class="page-tools">
        <Toggle label="How far back" options={windows} chosen={days.value} choose={(next) => (days.value = next)} />
        <label class="inline">
          Quick is below
          <select value={fast.value} onChange={({ currentTarget }) => (fast.value = Number(currentTarget.value))}>
            {[2, 5, 10, 30].map((seconds) => (
              <option key={seconds} value={seconds}>
                {seconds} s
              </option>
            ))}
          </select>
        </label>
      </div>
      <LoadState of={report} what="the report">
        {(found) => <Report report={found} />}
      </LoadState>
    </div>
  );
}

function Report({ report }: { readonly report: FatigueReport }) {
  if (report.votes === 0 && report.floods.length === 0 && report.approvers.length === 0) {
    return <Empty title="No vote in this time">Once people decide about held calls, this page says how they do.</Empty>;
  }
  return (
    <div class="report">
      <Findings report={report} />
      <DayChart report={report} />
      <Approvers report={report} />
      <Rules report={report} />
      <Floods report={report} />
    </div>
  );
}
