import type { ApprovalCard, ApprovalRow } from "../admin/approval-view.ts";
import type { Quorum } from "../domain/decision.ts";
import { table } from "./printer.ts";
import { visible } from "./visible.ts";

export function approvalTable(rows: readonly ApprovalRow[], now: number): string {
  if (rows.length === 0) return "Nothing here. Calls that a policy holds for a person appear here.";
  const cells = rows.map((row) => [row.id, row.state, clock(row, now), row.agent, row.tool, row.summary]);
  return table(["ID", "STATE", "LEFT", "AGENT", "TOOL", "SUMMARY"], cells);
}

function clock(row: ApprovalRow, now: number): string | null {
  if (row.state === "held") return span(row.approve_by - now);
  return row.state === "approved" && row.execute_by !== null ? span(row.execute_by - now) : null;
}

/** "4m 10s"; "over" when there is nothing left. */
export function span(ms: number): string {
  if (ms <= 0) return "over";
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

/** The whole binding, never cut: what is approved is what is shown. */
export function approvalText(card: ApprovalCard, now: number): string {
  const { binding, reasons, requirement } = card.approval;
  const lines: [string, string | null][] = [
    ["id", card.id],
    ["state", `${card.state}${card.state === "held" ? `, ${span(card.approve_by - now)} left to decide` : ""}`],
    ["what", card.summary],
    ["tool", `${card.tool} (${card.sensitivity ?? "unknown"} sensitivity, ${reversibility(card.reversible)})`],
    [
      "request",
      `${binding.method} ${binding.origin}${binding.path}${binding.query.length === 0 ? "" : ` ${JSON.stringify(binding.query)}`}`,
    ],
    ["agent", `${card.agent} (${binding.subject.issuer})`],
    ["acting for", card.acting_for],
    ["session", binding.session],
    ["needs", requirement.require.map(needText).join(", ")],
    ["digest", card.action_digest],
  ];
  const facts = lines.map(([name, value]) => `${name.padEnd(11)} ${visible(value ?? "–")}`);
  const why = reasons.map(
    (reason) => `${"why".padEnd(11)} ${visible(`${reason.code}: ${reason.message} (${reason.rule})`)}`,
  );
  const votes = card.votes.map(
    (vote) =>
      `${"vote".padEnd(11)} ${visible(`${vote.vote} by ${vote.approver}${vote.reason === null ? "" : `: ${vote.reason}`}`)}`,
  );
  const sent =
    binding.arguments === null
      ? `not read; body ${binding.body_digest ?? "empty"}`
      : JSON.stringify(binding.arguments, null, 2);
  return [...facts, ...why, ...votes, "arguments", visible(sent, true)].join("\n");
}

function needText({ role, count, outside_team }: Quorum): string {
  return `${count} × ${role}${outside_team === undefined ? "" : ` not of ${outside_team}`}`;
}

function reversibility(reversible: boolean | null): string {
  if (reversible === null) return "nobody knows whether it can be undone";
  return reversible ? "can be undone" : "cannot be undone";
}
