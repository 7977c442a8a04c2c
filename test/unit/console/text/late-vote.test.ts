import { lateVote } from "../../../../console/src/text/late-vote.ts";
import { voteOf } from "../../../support/store-contracts/approval-items.ts";

const votes = [voteOf("ann", 1), voteOf("cid", 2), voteOf("bob", 3, { vote: "deny" })];

test.each([
  ["deny", "delivered", "Your denial did not count: ann and cid approved first; it has run."],
  ["deny", "unknown", "Your denial did not count: ann and cid approved first; it was sent to the tool server."],
  [
    "approve",
    "approved",
    "Your approval did not count: ann and cid approved first; it runs when the agent comes back for it.",
  ],
  ["approve", "denied", "Your approval did not count: bob denied first; it does not run."],
  ["approve", "expired", "Your approval did not count: the time had run out; it does not run."],
  ["deny", "cancelled", "Your denial did not count: it was withdrawn; it does not run."],
] as const)("a vote to %s that finds the call %s did not count, and is told why", (vote, state, text) => {
  expect(lateVote(vote, { state, votes })).toBe(text);
});

test("a vote without a known voter before it was somebody's", () => {
  expect(lateVote("deny", { state: "released", votes: [] })).toContain("somebody approved first");
});
