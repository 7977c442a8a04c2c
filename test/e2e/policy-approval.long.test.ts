/** A change of the policy with the approval of a second person: `policy.require.approval` on a whole gateway. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
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
  textOf,
} from "../support/bundles/required-policy.ts";
import type { TestGateway } from "../support/start-gateway.ts";

let policies: RequiredPolicies;

beforeAll(async () => {
  policies = await requiredPolicies();
}, 120_000);
afterAll(() => policies?.close());

describe("a gateway whose policy changes with the approval of a second person", () => {
  let gateway: TestGateway;
  let olga: Person;
  let paul: Person;
  let own: Site;

  beforeAll(async () => {
    own = await policies.site("approved");
    gateway = await policies.started(own.dir, { impact: { last: 100 }, approval: { role: "policy-approver" } }, "live");
    olga = await policies.person(gateway, "olga");
    paul = await policies.person(gateway, "paul");
    for (const amount of [50, 600]) await refund(gateway, amount);
  }, 180_000);
  afterAll(() => gateway?.close());

  const asked = async (): Promise<{ readonly id: string; readonly revision: string }> => {
    const { waiting } = await stopped(olga, "ask for the approval of");
    const done = await olga.policy("accept", waiting?.revision ?? "", "--reason", "ticket 42", "--json");
    const { question, revision } = JSON.parse(done.stdout) as {
      question: { id: string; state: string };
      revision: string;
    };
    expect(question.state).toBe("held");
    return { id: question.id, revision };
  };

  it("holds a change like a call, with its impact, and activates exactly that revision when another person approves", async () => {
    const before = await statusOf(olga);
    await own.most(700);
    const { id, revision } = await asked();
    const card = (await paul.console.show(id)) as unknown as { approval: { binding: { arguments: object } } };
    expect(card.approval.binding.arguments).toMatchObject({
      revision,
      reason: "ticket 42",
      before: { revision: before.active?.revision },
      impact: { decisions: 2, widened: 1, kinds: [{ kind: "deny→hold", examples: [{ subject: "refund-bot" }] }] },
    });
    await expect(olga.console.approve(id)).rejects.toThrow("403");
    expect((await statusOf(olga)).active?.revision).toBe(before.active?.revision);
    expect(await textOf(gateway, "/readyz")).toContain(`it waits in ${id} for the approval of`);
    expect(await textOf(gateway, "/readyz")).not.toMatch(/olga|ticket 42/);
    await paul.console.approve(id);
    expect((await applied(olga, before)).active?.revision).toBe(revision);
    expect(await paul.console.show(id)).toMatchObject({ state: "delivered" });
    expect((await olga.policy("history")).stdout).toMatch(
      new RegExp(`${revision} \\*.*active +olga +yes +ticket 42; approved by paul \\(${id}\\)`),
    );
  });

  it("asks about every change, ends the question about one that is edited away, and tells that one was denied", async () => {
    await own.write(rule, ruleText("o-996"));
    const first = await asked();
    await own.write(rule, ruleText("o-995"));
    const second = await asked();
    expect(second.revision).not.toBe(first.revision);
    expect(await paul.console.show(first.id)).toMatchObject({ state: "cancelled" });
    await paul.console.deny(second.id, "not this one");
    const { waiting } = await stopped(olga, `it was denied in ${second.id}`);
    expect(waiting?.question).toMatchObject({ by: "olga", reason: "not this one" });
    expect(await textOf(gateway, "/readyz")).not.toMatch(/olga|not this one/);
    expect((await olga.policy("accept")).stdout).toContain("asked for by olga, is denied (not this one)");
    const again = await olga.policy("accept", second.revision);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("not this one")]);
  });

  it("keeps the question over a restart, and activates the change that is approved then", async () => {
    const before = await statusOf(olga);
    await own.write(rule, ruleText("o-994"));
    const { id, revision } = await asked();
    await gateway.kill("SIGKILL");
    await gateway.startAgain();
    [olga, paul] = [await olga.again(), await paul.again()];
    await stopped(olga, `it waits in ${id}`);
    await paul.console.approve(id);
    expect((await applied(olga, before)).active?.revision).toBe(revision);
  });

  it("knows of the store what judged last when its own history is gone, and takes that or asks", async () => {
    const before = await statusOf(olga);
    const startedAnew = async (meanwhile?: () => Promise<void>) => {
      await gateway.kill("SIGTERM");
      await meanwhile?.();
      await rm(join(gateway.dir, "data", "policy-history"), { recursive: true });
      await gateway.startAgain();
      [olga, paul] = [await olga.again(), await paul.again()];
    };
    await startedAnew();
    await eventually("it is active", async () => ((await statusOf(olga)).active === null ? null : true));
    expect((await statusOf(olga)).active?.revision).toBe(before.active?.revision);
    await startedAnew(() => own.write(rule, ruleText("o-993")));
    const { active, failure } = await stopped(olga, "ask for the approval of");
    expect([active, failure?.message]).toEqual([
      null,
      expect.stringContaining("judged last on a gateway of this store"),
    ]);
    expect((await fetch(`${gateway.console}/readyz`)).status).toBe(503);
    const { id, revision } = await asked();
    await paul.console.approve(id);
    expect((await applied(olga, before)).active?.revision).toBe(revision);
  });
});
