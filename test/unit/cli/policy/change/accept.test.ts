import { accept } from "../../../../../gateway/cli/policy/change/accept.ts";
import { Refusal } from "../../../../../gateway/domain/errors.ts";
import type { AcceptedChange, PolicyHistory, WaitingChange } from "../../../../../gateway/domain/ports.ts";
import { healthyPolicy } from "../../../../support/console/sample-policy.ts";
import { type ConsoleCli, startConsoleCli } from "../../console-cli.ts";
import { expectExamples } from "../../run.ts";

const waiting: WaitingChange = {
  revision: "r2-0000000",
  digest: "sha256:2",
  before: { revision: "r1", digest: "sha256:1" },
  why: "widened",
  needsApproval: false,
  question: null,
  impact: {
    decisions: 5,
    compared: 4,
    same: 3,
    changed: 1,
    widened: 1,
    asRecorded: [],
    notCompared: { total: 1, gateway: 1, noInput: 0, places: [] },
    kinds: [
      {
        kind: "deny→allow",
        widens: true,
        count: 1,
        tools: [{ name: "crm/\u001b[2J", count: 1 }],
        subjects: [{ name: "bot", count: 1 }],
        examples: [],
      },
    ],
  },
};
const question = { id: "a_1", state: "held", by: "olga", reason: null } as const;

let asked: AcceptedChange[];
const source: PolicyHistory = {
  list: () => [],
  pinned: () => null,
  activate: () => Promise.reject(new Error("nobody asks")),
  accept: (accepted) => {
    asked.push(accepted);
    if (accepted.revision === "other") return Promise.reject(new Refusal("policy_change_unknown"));
    const pinned = accepted.revision === "held";
    return Promise.resolve({ revision: "r2", question: accepted.reason === null ? question : null, pinned });
  },
};

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli({ policyHistory: source });
});
afterAll(() => cli.close());
beforeEach(() => {
  asked = [];
});

test("without a revision what waits is shown with its numbers, and nothing is accepted", async () => {
  const nothing = await cli.asApprover("policy", "accept");
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("No change of the policy waits.")]);
  cli.running.setPolicy({ ...healthyPolicy(1), waiting });
  const { code, stdout } = await cli.asApprover("policy", "accept");
  expect(code).toBe(0);
  expect(stdout).toContain("revision r2-0000000 (sha256:2) waits, in the place of r1: it lets something through");
  expect(stdout).toContain("5 recorded decisions, 4 compared: 1 changed, 1 of them widened");
  expect(stdout).toContain("1 that the gateway refused by itself");
  expect(stdout).toContain("accept it with `sallyport policy accept r2-0000000`");
  expect(stdout).not.toContain("\u001b[2J");
  cli.running.setPolicy({ ...healthyPolicy(1), waiting: { ...waiting, why: "approval", impact: null, question } });
  expect((await cli.asApprover("policy", "accept")).stdout).toContain(
    "Asked for by olga; it waits for the approval of others",
  );
  expect(asked).toEqual([]);
});

test("a revision is accepted as whoever has signed in, or others are asked", async () => {
  const done = await cli.asApprover("policy", "accept", "r2", "--reason", "ticket 42");
  expect([done.code, done.stdout]).toEqual([0, "Revision r2 is active.\n"]);
  const held = await cli.asApprover("policy", "accept", "held", "--reason", "ticket 42");
  expect(held.stdout).toContain("Revision r2 is accepted, and held as long as another revision is pinned");
  const others = await cli.asApprover("policy", "accept", "r2", "--json");
  expect(JSON.parse(others.stdout)).toMatchObject({ question });
  expect((await cli.asApprover("policy", "accept", "other")).code).toBe(1);
  const name = cli.running.user;
  expect(asked[0]).toEqual({
    revision: "r2",
    reason: "ticket 42",
    by: { name, account: expect.any(String) as string, also: expect.any(Array) as string[] },
  });
});

test("only operators may", async () => {
  await cli.running.setRoles(["payments-approver"]);
  expect((await cli.asApprover("policy", "accept", "r2")).code).toBe(1);
  expect(asked).toEqual([]);
  await cli.running.setRoles(["payments-approver", "data-approver", "operator"]);
});

test("have examples", () => expectExamples("policy", [accept]));
