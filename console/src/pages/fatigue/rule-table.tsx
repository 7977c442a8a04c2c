import type { RuleMeasure } from "../../api/types.ts";
import { Text } from "../../components/text";
import { percent, secondsText } from "../../text/numbers.ts";
import { RateBar } from "./rate-bar.tsx";

export function RuleTable({ rules, fastS }: { readonly rules: readonly RuleMeasure[]; readonly fastS: number }) {
  return (
    <table class="rule-table">
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">Approved</th>
          <th scope="col">Median look</th>
          <th scope="col">Below {fastS} s</th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr key={rule.rule}>
            <th scope="row">
              <code>
                <Text>{rule.rule}</Text>
              </code>
            </th>
            <td data-name="Approved">
              <RateBar measure={rule} />
            </td>
            <td data-name="Median look">{secondsText(rule.median_s)}</td>
            <td data-name={`Below ${fastS} s`}>{percent(rule.fast / (rule.approved + rule.denied))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
