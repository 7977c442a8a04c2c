import type { ApproverMeasure, FatigueReport } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { exact } from "../../text/time.ts";
import { counted, percent, secondsText } from "../../text/numbers.ts";
import { Histogram } from "./histogram.tsx";
import { RateBar } from "./rate-bar.tsx";
import { RuleTable } from "./rule-table.tsx";

export function Approvers({ report }: { readonly report: FatigueReport }) {
  return (
    <Section title="Approvers" aside={`${report.approvers.length}`}>
      <ul class="items measures">
        {report.approvers.map((person) => (
          <Approver key={person.approver} person={person} report={report} />
        ))}
      </ul>
    </Section>
  );
}

function Approver({ person, report }: { readonly person: ApproverMeasure; readonly report: FatigueReport }) {
  const votes = person.approved + person.denied;
  return (
    <li class="item">
      <div class="item-top">
        <strong>
          <Text>{person.approver}</Text>
        </strong>
        <span class="quiet">{counted(votes, "vote")}</span>
      </div>
      {votes === 0 ? null : (
        <div class="measure">
          <Facts>
            <Fact name="Approved">
              <RateBar measure={person} />
            </Fact>
            <Fact name="Median look">{secondsText(person.median_s)}</Fact>
            <Fact name={`Below ${report.fast_s} s`}>
              {percent(person.fast / votes)}
              {person.unopened === 0 ? "" : `, ${counted(person.unopened, "vote")} without opening the card`}
            </Fact>
            <Fact name="Busiest hour">
              <span title={exact(person.busiest.hour)}>{counted(person.busiest.votes, "vote")}</span>
              <span class="quiet">, {(votes / person.active_hours).toFixed(1)} an hour when active</span>
            </Fact>
          </Facts>
          <Histogram times={person.times} splits={report.time_splits_s} who={person.approver} />
        </div>
      )}
      <Stopped person={person} report={report} />
      {person.rules.length === 0 ? null : (
        <details>
          <summary>By rule</summary>
          <RuleTable rules={person.rules} fastS={report.fast_s} />
        </details>
      )}
    </li>
  );
}

/** Approvals of this person that the gateway refused. */
function Stopped({ person, report }: { readonly person: ApproverMeasure; readonly report: FatigueReport }) {
  const said = [
    person.too_fast === 0
      ? null
      : `${counted(person.too_fast, "click")} refused that came before the card could be read`,
    person.budget === 0
      ? null
      : `${counted(person.budget, "approval")} refused above ${report.budget_per_hour} an hour`,
  ].filter((text) => text !== null);
  return said.length === 0 ? null : <p class="tone-hold">{said.join("; ")}</p>;
}
