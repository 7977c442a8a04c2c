import type { ApproverMeasure, FatigueReport, RuleMeasure } from "../domain/ports.ts";

/** Fewer votes than this say nothing about a habit. */
const enoughVotes = 20;
const nearlyAll = 0.98;
/** About one a minute: nobody reads that many in an hour, and does their work too. */
const manyPerHour = 60;

type Measured = Pick<FatigueReport, "approvers" | "rules" | "floods" | "fast_s">;

/** What is off, each in one plain sentence; the worst first. Nothing here blocks anybody. */
export function findings({ approvers, rules, floods, fast_s }: Measured): string[] {
  return [
    ...approvers.flatMap((person) => person.rules.flatMap((rule) => stamping(person.approver, rule, fast_s))),
    ...approvers.flatMap(tooMany),
    ...rules.flatMap(needless),
    ...floods.map(
      ({ agent, times }) => `${agent} had ${count(times, "call")} refused for asking more often than its cap allows.`,
    ),
  ];
}

/** Approves all of one rule, and most of it faster than it can be read. */
function stamping(approver: string, rule: RuleMeasure, fastS: number): string[] {
  const votes = rule.approved + rule.denied;
  if (votes < enoughVotes || (rule.approval_rate ?? 0) < nearlyAll || rule.fast * 2 < votes) return [];
  const asked = `${approver} approved ${rule.approved} of ${votes} calls that ${rule.rule} asked about`;
  if (rule.median_s === null) return [`${asked}, and opened none of them.`];
  return [`${asked}, ${rule.fast} of them in less than ${fastS} s (median ${seconds(rule.median_s)}).`];
}

function tooMany({ approver, busiest }: ApproverMeasure): string[] {
  return busiest.votes < manyPerHour ? [] : [`${approver} decided ${busiest.votes} calls within one hour.`];
}

/** A question that is always answered the same way trains people to answer without reading. */
function needless({ rule, approved, denied, approval_rate }: RuleMeasure): string[] {
  const votes = approved + denied;
  if (votes < enoughVotes * 5 || (approval_rate ?? 0) < nearlyAll) return [];
  return [`${approved} of ${votes} answers to ${rule} were yes: it may ask about calls that need no person.`];
}

function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}

function count(times: number, what: string): string {
  return `${times} ${what}${times === 1 ? "" : "s"}`;
}
