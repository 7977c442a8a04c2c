import fc from "fast-check";
import {
  afterClock,
  afterVote,
  type Approval,
  approvalTransitions,
  canMove,
  consumed,
  stillAnswers,
  type Transition,
  type Vote,
} from "../../../../gateway/domain/approval.ts";
import { heldItem, voteOf } from "../../../support/store-contracts/approval-items.ts";

type Step = { readonly vote: "approve" | "deny" } | "release" | "clock" | { readonly wait: number };

const steps = fc.array(
  fc.oneof(
    fc.constantFrom<Step[]>({ vote: "approve" }, { vote: "deny" }, "release", "clock"),
    fc.integer({ min: 0, max: 400 }).map((wait): Step => ({ wait })),
  ),
  { maxLength: 12 },
);

function apply(approval: Approval, transition: Transition | null): Approval {
  if (transition === null) return approval;
  expect([transition.from, canMove(approval.state, transition.to)]).toEqual([approval.state, true]);
  return { ...approval, ...transition.set, state: transition.to };
}

function voted(approval: Approval, vote: Vote, now: number): Approval {
  const after = { ...approval, votes: [...approval.votes, vote] };
  return apply(after, afterVote(after, after.votes, now));
}

test("a denial ends whatever is held or approved, and nothing that is released", () => {
  fc.assert(
    fc.property(steps, (taken) => {
      let [approval, now] = [heldItem("a_1"), 10];
      taken.forEach((step, index) => {
        const before = approval.state;
        if (step === "release") approval = apply(approval, consumed(approval, now));
        else if (step === "clock") approval = apply(approval, afterClock(approval, now));
        else if ("wait" in step) now += step.wait;
        else {
          approval = voted(approval, voteOf(`p${index}`, now, { vote: step.vote }), now);
          const isOpen = before === "held" || before === "approved";
          if (step.vote === "deny") expect(approval.state).toBe(isOpen ? "denied" : before);
        }
        // Released or denied, never both, one after the other.
        if (before === "denied" || before === "released") expect(approval.state).toBe(before);
      });
    }),
  );
});

test("a denial answers as long as the approval that it overruled would have been open", () => {
  const approved = voted(heldItem("a_1"), voteOf("ann", 10), 10);
  expect(approved.state).toBe("approved");
  const denied = voted(approved, voteOf("bob", 20, { vote: "deny" }), 20);
  const end = approved.execute_by ?? 0;
  expect([denied.state, stillAnswers(denied, end - 1), stillAnswers(denied, end)]).toEqual(["denied", true, false]);
});

test("what has ended has nothing after it, and nothing but an approved call is released", () => {
  for (const [from, following] of Object.entries(approvalTransitions))
    expect([from, following.includes("released")]).toEqual([from, from === "approved"]);
  for (const end of ["delivered", "failed", "unknown", "denied", "expired", "cancelled", "drifted"] as const)
    expect(approvalTransitions[end]).toEqual([]);
});
