import { shadow } from "../../../../../gateway/cli/policy/change/shadow.ts";
import type { PolicyShadow, PolicyStatus, ShadowReport } from "../../../../../gateway/domain/ports.ts";
import { type ConsoleCli, startConsoleCli } from "../../console-cli.ts";
import { expectExamples } from "../../run.ts";

const active = { revision: "c1", digest: "sha256:c", activated_at: 1, source: "library, folder draft" };
const status: PolicyStatus = { active, failure: null, building: null, warnings: [], faults: [] };
const answer = (effect: string) => ({ effect, reasons: [{ code: "A", rule: "a/b" }] });
const difference = (of: string) => ({
  of,
  at: "2026-01-01T00:00:00.000Z",
  tool: "crm/find",
  subject: "bot\u001b[2J",
  change: { kind: "deny→allow", widens: true },
  before: answer("deny"),
  after: answer("allow"),
});
const judged: ShadowReport = {
  status,
  against: "a1",
  since: 0,
  decisions: 20,
  compared: 3,
  same: 1,
  changed: 2,
  widened: 2,
  kinds: [
    {
      kind: "deny→allow",
      widens: true,
      count: 2,
      tools: [{ name: "crm/find", count: 2 }],
      subjects: [{ name: "bot", count: 2 }],
      examples: [difference("d_1"), difference("d_2")],
    },
  ],
  notCompared: { total: 2, gateway: 1, places: [{ name: "/context/risk", count: 1 }] },
  asRecorded: [{ name: "session", count: 3 }],
  leftOut: { queue: 9, policy: 4, thread: 0 },
  waiting: 2,
};

let report: ShadowReport;
const source: PolicyShadow = { report: () => report };

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli({ shadow: source });
});
afterAll(() => cli.close());
beforeEach(() => {
  report = judged;
});

test("tells what would change with the latest examples, what was not compared, and what was left out and why", async () => {
  const { code, stdout } = await cli.asApprover("policy", "shadow", "--examples", "1");
  expect(code).toBe(0);
  for (const text of [
    "candidate c1 (library, folder draft) beside a1, since 1970-01-01T00:00:00.000Z",
    "20 live decisions, 3 compared: 2 changed, 2 of them widened",
    "deny→allow  2  widens",
    "not compared  2",
    "left out  13\n  9 because as many waited as may (policy.shadow.queue and cpu_percent)\n  4 because there was no candidate",
    "waiting  2",
    "read as it was recorded  session 3",
  ])
    expect(stdout).toContain(text);
  expect([stdout.includes("d_1"), stdout.includes("d_2"), stdout.includes("\u001b[2J")]).toEqual([false, true, false]);
});

test("gives scripts the same", async () => {
  const { stdout } = await cli.asApprover("policy", "shadow", "--json", "--examples", "1");
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    candidate: active,
    against: "a1",
    widened: 2,
    waiting: 2,
    not_compared: { total: 2 },
    left_out: { queue: 9 },
    kinds: [{ examples: [{ of: "d_2" }] }],
  });
});

test("says that a later edit is not judged, or why there is no candidate", async () => {
  const failure = { message: "draft/x.rego:3: no", stage: "compile", at: 0, since: 0, edited: "x.rego" } as const;
  const failed: PolicyStatus = { ...status, failure: { ...failure, retried: false, locations: [] } };
  report = { ...judged, status: failed };
  expect((await cli.asApprover("policy", "shadow")).stdout).toContain("a later edit is not judged: draft/x.rego:3: no");
  report = { ...judged, status: { ...failed, active: null } };
  const none = await cli.asApprover("policy", "shadow");
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toContain("No candidate judges beside the policy: draft/x.rego:3: no");
});

test("says that nothing was judged yet, and where no candidate is configured, how to name one", async () => {
  report = { ...judged, compared: 0, same: 0, changed: 0, widened: 0, kinds: [] };
  expect(await cli.asApprover("policy", "shadow")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("Nothing has been judged by this candidate yet.") as string,
  });
  const without = await startConsoleCli();
  const { code, stderr } = await without.asApprover("policy", "shadow");
  await without.close();
  expect([code, stderr]).toEqual([1, expect.stringContaining("name one in policy.shadow")]);
});

test("has examples", () => expectExamples("policy", [shadow]));
