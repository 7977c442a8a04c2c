import type { ApprovalRow } from "../../api/types.ts";

/** Name of the person who decided; null when the call expired or was withdrawn. */
export function resolvedBy(row: Pick<ApprovalRow, "votes" | "state">): string | null {
  const wanted = row.state === "denied" ? "deny" : "approve";
  const names = row.votes.filter((vote) => vote.vote === wanted).map((vote) => vote.approver);
  return names.length === 0 ? null : names.join(" and ");
}
