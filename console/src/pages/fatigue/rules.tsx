import type { FatigueReport } from "../../api/types.ts";
import { Section } from "../../components/section";
import { RuleTable } from "./rule-table.tsx";

export function Rules({ report }: { readonly report: FatigueReport }) {
  if (report.rules.length === 0) return null;
  return (
    <Section title="Rules that ask" aside="all approvers">
      <RuleTable rules={report.rules} fastS={report.fast_s} />
    </Section>
  );
}
