import type { ApprovalCard } from "../api/types.ts";

type Ended = Pick<ApprovalCard, "state" | "votes">;

/** What became of a vote that came when others, or a time limit, had ended the call already. */
export function lateVote(vote: "approve" | "deny", { state, votes }: Ended): string {
  return `Your ${vote === "deny" ? "denial" : "approval"} did not count: ${whatWasFirst(state, votes)}`;
}

function whatWasFirst(state: Ended["state"], votes: Ended["votes"]): string {
  const first = (wanted: "approve" | "deny", done: string) => {
    const names = votes.filter((vote) => vote.vote === wanted).map(({ approver }) => approver);
    return `${names.length === 0 ? "somebody" : names.join(" and ")} ${done} first`;
  };
  switch (state) {
    case "denied":
      return `${first("deny", "denied")}; it does not run.`;
    case "approved":
      return `${first("approve", "approved")}; it runs when the agent comes back for it.`;
    case "released":
    case "delivered":
      return `${first("approve", "approved")}; it has run.`;
    case "failed":
    case "unknown":
      return `${first("approve", "approved")}; it was sent to the tool server.`;
    case "expired":
      return "the time had run out; it does not run.";
    default:
      return "it was withdrawn; it does not run.";
  }
}
