/** What a policy has to fulfil before it is active, and who may say that it is meant: `policy.require` on whole gateways. */
import { eventually } from "../support/eventually.ts";
import {
  applied,
  type Person,
  refund,
  type RequiredPolicies,
  requiredPolicies,
  rule,
  ruleText,
  type Site,
  statusOf,
  stopped,
  test1,
  testText,
  textOf,
} from "../support/bundles/required-policy.ts";
import type { TestGateway } from "../support/start-gateway.ts";

const hidden = "sallyport/rules/trial/hidden/hidden.rego";
const hiddenText = `package sallyport.rules.trial.hidden

import data.sallyport.reason

# METADATA
# title: This tool is not shown
# custom: { code: NOT_SHOWN, severity: low }
_not_shown := reason.of(rego.metadata.chain())

hide contains _not_shown if input.resource.id == "payments/none"
`;
const hiddenTest = `package sallyport.rules.trial.hidden_test

import data.sallyport.rules.trial.hidden

test_hides if count(hidden.hide) == 1 with input as {"resource": {"id": "payments/none"}}
`;

let policies: RequiredPolicies;

beforeAll(async () => {
  policies = await requiredPolicies();
}, 120_000);
afterAll(() => policies?.close());

describe("a gateway that requires tests, coverage and an impact that widens nothing", () => {
  let gateway: TestGateway;
  let olga: Person;
  let own: Site;

  beforeAll(async () => {
    own = await policies.site("impact");
    gateway = await policies.started(own.dir, {
      tests: true,
      coverage: 90,
      impact: { last: 100, compared_percent: 1 },
    });
    olga = await policies.person(gateway, "olga");
    for (const amount of [50, 60]) await refund(gateway, amount);
    expect(await refund(gateway, 600)).toBe(403);
  }, 180_000);
  afterAll(() => gateway?.close());

  it("does not activate a widening: the reason is on /readyz, in metric, log, status and history, and the last good policy judges", async () => {
    const before = await statusOf(olga);
    await own.most(700);
    const { active, failure, waiting } = await stopped(olga, "policy.require.impact");
    expect(active?.revision).toBe(before.active?.revision);
    expect(failure).toMatchObject({
      stage: "require",
      retried: false,
      edited: expect.stringContaining("limits") as string,
    });
    expect(waiting).toMatchObject({ why: "widened", impact: { decisions: 3, changed: 1, widened: 1 } });
    const readyz = await textOf(gateway, "/readyz");
    expect(readyz).toContain("1 change, 1 of them widen");
    expect(readyz).toMatch(/d_\S+ deny→hold payments\/create_refund: was deny ARGUMENT_OVER_LIMIT, is hold /);
    expect(readyz).not.toContain("refund-bot");
    const metrics = await textOf(gateway, "/metrics");
    expect(metrics).toContain('sallyport_policy_failures_total{stage="require"} 1\n');
    expect(metrics).toContain("sallyport_policy_waiting_widened_decisions 1\n");
    await gateway.told("policy.require.impact: it lets something through that the active policy does not");
    const { stdout } = await olga.policy("history");
    expect(stdout).toMatch(new RegExp(`${waiting?.revision} .*refused .*policy\\.require\\.impact`));
    expect(await refund(gateway, 600)).toBe(403);
  });

  it("shows what waits to a person, who accepts it by its revision", async () => {
    const before = await statusOf(olga);
    const shown = await olga.policy("accept");
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringContaining("3 compared: 1 changed, 1 of them widened"),
    ]);
    expect(shown.stdout).toContain("subjects  refund-bot 1");
    expect((await olga.policy("accept", "0000000000")).code).toBe(1);
    const revision = before.waiting?.revision ?? "";
    const done = await olga.policy("accept", revision.slice(0, 8), "--reason", "ticket 42");
    expect([done.code, done.stdout]).toEqual([0, `Revision ${revision} is active.\n`]);
    const { active, failure, waiting } = await statusOf(olga);
    expect([active?.revision, failure, waiting]).toEqual([revision, null, undefined]);
    expect((await olga.policy("history")).stdout).toMatch(new RegExp(`${revision} \\*.*active +olga +yes +ticket 42`));
    expect(await refund(gateway, 600)).toBe(202);
    expect((await olga.policy("accept")).code).toBe(1);
  });

  it("activates what its tests reach, and tries again when a test alone is mended", async () => {
    const before = await statusOf(olga);
    await own.write(test1, testText("o-997"));
    await own.write(rule, ruleText("o-998"));
    const { failure } = await stopped(olga, "policy.require.tests: 1 of 1 tests failed");
    expect(failure?.message).toMatch(
      /orders_test\.rego:\d+: data\.sallyport\.rules\.trial\.orders_test\.test_denies failed/,
    );
    await own.write(test1, `${testText("o-998")}\ntest_env if opa.runtime().env.PATH\n`);
    await stopped(olga, "undefined function opa.runtime");
    await own.write(test1, testText("o-998"));
    await applied(olga, before);
    await own.write(rule, `${ruleText("o-998")}\n_of(n) := n + 1\n\n_more := _of(1)\n\n_less := _of(_more)\n`);
    expect((await stopped(olga, "policy.require.coverage")).failure?.message).toMatch(
      /the tests reach \d+(\.\d)? % of the lines of its rules, and 90 % are required\n.*orders\.rego: no test reaches line/,
    );
    await own.write(rule, ruleText("o-998"));
    await eventually("the edit was taken back", async () => ((await statusOf(olga)).failure === null ? true : null));
  });

  it("does not activate a rule about lists of tools, which no recorded decision asks, before somebody accepts it", async () => {
    const before = await statusOf(olga);
    await own.write(hidden.replace(".rego", "_test.rego"), hiddenTest);
    await own.write(hidden, hiddenText);
    const { failure, waiting } = await stopped(
      olga,
      "policy.require.impact: it changes rules that no recorded decision",
    );
    expect(failure?.message).toContain("rules differ, or their data, that say which tools are shown; no recorded");
    expect(waiting).toMatchObject({ why: "unasked", impact: { widened: 0, notAsked: ["visible"] } });
    expect((await olga.policy("accept")).stdout).toContain("that say which tools are shown");
    expect((await olga.policy("accept", waiting?.revision ?? "")).code).toBe(0);
    expect((await applied(olga, before)).active?.revision).toBe(waiting?.revision);
  });

  it("starts with the policy that judged last when an edit of meanwhile does not fulfil what is required", async () => {
    const before = await statusOf(olga);
    expect(await refund(gateway, 750)).toBe(403);
    await gateway.kill("SIGTERM");
    await own.most(800);
    await gateway.startAgain();
    olga = await olga.again();
    const { active } = await stopped(olga, "policy.require.impact");
    expect(active).toMatchObject({ revision: before.active?.revision, source: "kept" });
    expect([await refund(gateway, 750), await refund(gateway, 600)]).toEqual([403, 202]);
    await own.most(700);
    await eventually("the edit was taken back", async () => ((await statusOf(olga)).failure === null ? true : null));
    expect((await statusOf(olga)).active).toMatchObject({ revision: before.active?.revision });
  });
});
