import type { HistoryAnswer } from "../../../../gateway/admin/routes/policy.ts";
import { activate, history, rollback } from "../../../../gateway/cli/policy/history.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { PolicyFailure, PolicyHistory, WantedPolicy } from "../../../../gateway/domain/ports.ts";
import { healthyPolicy } from "../../../support/console/sample-policy.ts";
import { type ConsoleCli, startConsoleCli } from "../console-cli.ts";
import { expectExamples } from "../run.ts";

const digest = `sha256:${"a".repeat(64)}`;
const items: HistoryAnswer["items"] = [
  {
    at: 2,
    revision: null,
    digest: null,
    outcome: "refused",
    by: null,
    reason: null,
    kept: false,
    problem: "x.rego:3: no\nmore",
  },
  {
    at: 1,
    revision: "r2",
    digest,
    outcome: "pinned",
    by: "olga",
    reason: "incident \u001b[2J",
    problem: null,
    kept: true,
  },
  { at: 0, revision: "r1", digest, outcome: "active", by: null, reason: null, problem: null, kept: true },
];

let asked: WantedPolicy[];
const source: PolicyHistory = {
  list: () => items,
  pinned: () => ({ revision: "r2", digest, since: 1, by: "olga", reason: null }),
  activate: (wanted) => {
    asked.push(wanted);
    if (wanted.revision === "older" && !wanted.acceptOlder)
      return Promise.reject(new Refusal("policy_revision_older", { hint: "signed too early" }));
    return Promise.resolve({ revision: "r1", pinned: wanted.revision !== "latest" });
  },
  accept: () => Promise.reject(new Error("nothing waits")),
};

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli({ policyHistory: source });
});
afterAll(() => cli.close());
beforeEach(() => {
  asked = [];
});

test("lists what was active, who asked for it, what was refused and why, and what is pinned", async () => {
  const { code, stdout } = await cli.asApprover("policy", "history");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^AT +REVISION +DIGEST +OUTCOME +BY +KEPT +WHY$/m);
  expect(stdout).toMatch(/^1970-01-01T00:00:00.002Z +– +– +refused +sources +– +x\.rego:3: no$/m);
  expect(stdout).toMatch(/^1970-01-01T00:00:00.001Z +r2 +sha256:aaaaaaaaaaaa +pinned +olga +yes +incident/m);
  expect(stdout).toContain("pinned to revision r2 since 1970-01-01T00:00:00.001Z by olga");
  expect(stdout).not.toContain("\u001b[2J");
  expect(JSON.parse((await cli.asApprover("policy", "history", "--json")).stdout)).toMatchObject({ items });
});

test("asks for the one before, for a named one, or for what the sources hold, as whoever has signed in", async () => {
  const back = await cli.asApprover("policy", "rollback", "--reason", "incident 42");
  expect(back).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Revision r1 is active and pinned; edits/) as string,
  });
  await cli.asApprover("policy", "rollback", "r1");
  const on = await cli.asApprover("policy", "activate", "latest");
  expect(on.stdout).toContain("is active, as the sources have it; nothing is pinned");
  const by = cli.running.user;
  expect(asked).toEqual([
    { revision: "previous", reason: "incident 42", acceptOlder: false, by },
    { revision: "r1", reason: null, acceptOlder: false, by },
    { revision: "latest", reason: null, acceptOlder: false, by },
  ]);
});

test("the end of a pin says when what the sources hold is refused, and why", async () => {
  const failure: PolicyFailure = {
    at: 1,
    since: 1,
    stage: "require" as const,
    locations: [],
    edited: "x.rego",
    retried: false,
    message: "policy.require.impact: it lets something through\naccept it",
  };
  cli.running.setPolicy({ ...healthyPolicy(1), failure });
  const { code, stdout } = await cli.asApprover("policy", "activate", "latest");
  expect([code, stdout]).toEqual([
    0,
    `Revision r1 is active, and nothing is pinned. What the sources hold now is not active:\n${failure.message}\n`,
  ]);
  const machine = await cli.asApprover("policy", "activate", "latest", "--json");
  expect(JSON.parse(machine.stdout)).toMatchObject({ revision: "r1", pinned: false, failure: { stage: "require" } });
  cli.running.setPolicy(healthyPolicy(1));
});

test("an older signed revision needs a word more", async () => {
  const { code, stderr } = await cli.asApprover("policy", "activate", "older");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/--accept-older.*signed too early/s)]);
  expect((await cli.asApprover("policy", "activate", "older", "--accept-older")).code).toBe(0);
});

test("only operators may", async () => {
  await cli.running.setRoles(["payments-approver"]);
  const { code, stdout } = await cli.asApprover("policy", "rollback");
  expect([code, stdout, asked]).toEqual([1, "", []]);
  expect((await cli.asApprover("policy", "history")).code).toBe(0);
  await cli.running.setRoles(["payments-approver", "data-approver", "operator"]);
});

test("have examples", () => expectExamples("policy", [history, activate, rollback]));
