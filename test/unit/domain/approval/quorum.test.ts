import type { Quorum } from "../../../../gateway/domain/decision.ts";
import { placesLeft, quorumMet, type Vote } from "../../../../gateway/domain/approval.ts";

function vote(approver: string, changes: Partial<Vote> = {}): Vote {
  return {
    approver,
    also: [],
    roles: ["approver"],
    teams: [],
    vote: "approve",
    reason: null,
    at: 0,
    method: "password",
    evidence: null,
    grant: null,
    seen_ms: null,
    ...changes,
  };
}

const two: Quorum[] = [
  { role: "approver", count: 1 },
  { role: "approver", count: 1, outside_team: "support" },
];

test.each<[string, Vote[], boolean, number]>([
  ["nobody", [], false, 2],
  ["one person", [vote("ann")], false, 1],
  ["two people of any team", [vote("ann"), vote("bob")], true, 0],
  ["two of the asking team", [vote("ann", { teams: ["support"] }), vote("bob", { teams: ["support"] })], false, 1],
  ["one of the asking team and one outside", [vote("ann", { teams: ["support"] }), vote("bob")], true, 0],
  ["one outside and one of the asking team", [vote("bob"), vote("ann", { teams: ["support"] })], true, 0],
  ["one person under two names", [vote("ann"), vote("ann@example.com", { also: ["ann"] })], false, 1],
  ["one approval and one refusal", [vote("ann"), vote("bob", { vote: "deny" })], false, 1],
  ["somebody without the role", [vote("ann"), vote("bob", { roles: ["other"] })], false, 1],
])("two places, one of them outside the team: %s", (_who, votes, met, left) => {
  expect([quorumMet(two, votes), placesLeft(two, votes)]).toEqual([met, left]);
});

test("gives one person one place when several roles are asked for", () => {
  const both: Quorum[] = [
    { role: "a", count: 1 },
    { role: "b", count: 1 },
  ];
  const able = vote("ann", { roles: ["a", "b"] });
  expect(quorumMet(both, [able])).toBe(false);
  expect(quorumMet(both, [able, vote("bob", { roles: ["a"] })])).toBe(true);
  expect(quorumMet(both, [able, vote("bob", { roles: ["b"] })])).toBe(true);
});
