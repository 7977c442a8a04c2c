import type { ApprovalRow } from "../../api/types.ts";

/** Who decided, by name; null when nobody did (it ran out of time, or was withdrawn). */
export function resolvedBy(row: Pick<ApprovalRow, "votes" | "state">): string | null {
  const wanted = row.state === "denied" ? "deny" : "approve";
  const names = row.votes.filter((vote) => vote.vote === wanted).map((vote) => vote.approver);
  return names.length === 0 ? null : names.join(" and ");
}
