import type { Approval } from "../../../../gateway/domain/approval.ts";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { approver, holdRequest, testApprovals } from "../../../support/approvals/test-approvals.ts";
import { binding, requirement, TestClock, toolCall } from "../../../support/builders.ts";
import { type Check, Failures, type Random } from "../../check.ts";

const hour = 3_600_000;
const acts = ["look", "vote", "use", "advance", "advance", "to a border", "jump"] as const;
type Act = (typeof acts)[number];

/** What must be true by the two clocks, worked out by this file: one variable each and nothing of the gateway's. */
interface Expected {
  state: "held" | "approved" | "released" | "expired";
  readonly created: number;
  approveBy: number;
  approved: number;
  executeBy: number;
}

/** A clock that is set back by more leaves nothing alive that was written before. */
const setBackMs = 60_000;

/**
 * Nobody approves after the first clock and nothing runs after the second, whenever anybody looks and however the
 * system's time jumps; what has been seen to expire does not come back when the time is set back, and what was written by
 * a clock that was ahead does not live until the clock is there again.
 */
export const clocks: Check = {
  name: "clocks",
  full: 20_000,
  quick: 500,
  run: async ({ count, random, progress }) => {
    const failures = new Failures();
    const clock = new TestClock();
    let approvals = testApprovals({ clock, perSubject: 1_000_000 });
    for (let trial = 0; trial < count; trial++) {
      // What is over is not carried along.
      if (trial % 500 === 499) approvals = testApprovals({ clock, perSubject: 1_000_000 });
      const problem = await oneCall(approvals, clock, trial, random);
      if (problem !== null) failures.add(problem);
      progress(trial);
    }
    return Promise.resolve({ count, failures: failures.list() });
  },
};

type TestOffice = ReturnType<typeof testApprovals>;

async function oneCall(approvals: TestOffice, clock: TestClock, trial: number, random: Random): Promise<string | null> {
  const required = {
    ...requirement,
    approve_within: 30 + random.below(3_600),
    execute_within: 5 + random.below(1_800),
  };
  const bound = binding(toolCall({ arguments: { amount: trial, order_id: "881" } }));
  const item = await approvals.holds.open(holdRequest({ binding: bound, requirement: required }));
  const created = clock.at;
  const approveBy = created + required.approve_within * 1_000;
  const expected: Expected = { state: "held", created, approveBy, approved: 0, executeBy: 0 };
  const log: string[] = [];
  for (let step = 0; step < 14; step++) {
    const act = random.pick(acts);
    log.push(`${act} at ${clock.at}`);
    const [was, is] = [
      await said(approvals, clock, item, act, random, expected),
      wanted(clock, act, expected, required),
    ];
    if (was !== is) return `${log.join(", ")}: ${was} instead of ${is}`;
  }
  return null;
}

/** What the office does; time passes here too. */
async function said(
  { holds, service }: TestOffice,
  clock: TestClock,
  { id, action_digest }: Approval,
  act: Act,
  random: Random,
  expected: Expected,
): Promise<string> {
  switch (act) {
    case "look":
      return (await holds.get(id))?.state ?? "nowhere";
    case "vote":
      try {
        return (await service.vote(id, action_digest, approver, { vote: "approve", reason: null })).state;
      } catch (thrown) {
        return asRefusal(thrown).code;
      }
    case "use":
      return String(await holds.consume(id));
    case "advance":
      clock.advance(random.below(1_200_000));
      return "";
    case "to a border":
      clock.at = Math.max(
        clock.at,
        (expected.state === "held" ? expected.approveBy : expected.executeBy) - random.below(3),
      );
      return "";
    case "jump":
      clock.advance(random.chance(0.5) ? hour : -hour);
      return "";
  }
}

/** What it should have done. Whoever touches an item after its clock has run out finds it expired. */
function wanted({ at }: TestClock, act: Act, expected: Expected, within: { readonly execute_within: number }): string {
  if (act !== "look" && act !== "vote" && act !== "use") return "";
  const { state, created, approved } = expected;
  const written = state === "approved" ? Math.max(created, approved) : created;
  const ahead = (state === "held" || state === "approved") && written > at + setBackMs;
  if (ahead || (state === "held" && at >= expected.approveBy)) expected.state = "expired";
  if (state === "approved" && at >= expected.executeBy) expected.state = "expired";
  if (act === "look") return expected.state;
  if (act === "vote") {
    if (expected.state !== "held") return "approval_closed";
    expected.state = "approved";
    expected.approved = at;
    expected.executeBy = at + within.execute_within * 1_000;
    return "approved";
  }
  if (expected.state !== "approved") return "false";
  expected.state = "released";
  return "true";
}
