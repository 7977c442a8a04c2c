/** What a policy has to fulfil before it is active, and who may say that it is meant: `policy.require` on whole gateways. */
import { cpSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Approver, signIn } from "../../demo/agent/approver.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import type { PolicyStatus } from "../../gateway/domain/ports.ts";
import { eventually } from "../support/eventually.ts";
import { demoPolicy } from "../support/policy-copy.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { inProcess } from "../unit/cli/run.ts";

const limits = "sallyport/limits/data.yaml";
const rule = "sallyport/rules/trial/orders/orders.rego";
const ruleText = (order: string) => `package sallyport.rules.trial.orders

import data.sallyport.reason

# METADATA
# title: This order is not read
# custom: { code: NO_ORDER, severity: low }
_no_order := reason.of(rego.metadata.chain())

deny contains _no_order if {
	input.resource.id == "payments/get_order"
	input.context.arguments.order_id == "${order}"
}
`;
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
const test1 = "sallyport/rules/trial/orders/orders_test.rego";
const testText = (order: string) => `package sallyport.rules.trial.orders_test

import data.sallyport.rules.trial.orders
import data.sallyport.testing

test_denies if {
	call := testing.call("refund-bot", ["refunds"], "payments", "get_order", {"order_id": "${order}"})
	testing.codes(orders.deny) == {"NO_ORDER"} with input as call
}
`;

let folder: string;
let payments: ToolServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-require-"));
  payments = await startPayments(0);
}, 120_000);
afterAll(async () => {
  await payments?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A site of its own, with a rule and its test, beside the library. */
async function site(name: string) {
  const dir = join(folder, name);
  cpSync(demoPolicy, dir, { recursive: true });
  await rm(join(dir, "golden"), { recursive: true });
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  const original = await readFile(join(dir, limits), "utf8");
  const most = async (amount: number) => write(limits, original.replace("max: 500", `max: ${amount}`));
  if (!original.includes("max: 500")) throw new Error("the demonstration has another limit");
  await write(rule, ruleText("o-999"));
  await write(test1, testText("o-999"));
  return { dir, write, most };
}

function started(dir: string, required: object, until: "ready" | "live" = "ready"): Promise<TestGateway> {
  const users = [
    { name: "olga", roles: ["operator", "policy-approver"] },
    { name: "paul", roles: ["policy-approver"] },
  ];
  return startGateway({
    routes: [paymentsRoute(payments.origin)],
    config: { policy: { sources: ["library", dir], poll: "1s", require: required } },
    login: () => Promise.resolve({ users }),
    until,
  });
}

/** What a person asks at a terminal and in the console; everybody's first password is told once. */
async function person(gateway: TestGateway, name: string): Promise<Person> {
  const [, password = ""] = await gateway.told(new RegExp(`first password of ${name}, told only now: (\\S+)`));
  const file = join(folder, `${name}-${gateway.pid()}`);
  await writeFile(file, password);
  const who = ["--console", gateway.console, "--user", name, "--password-file", file];
  const policy = (...args: string[]) => inProcess(["policy", ...args, ...who]);
  const signedIn = async (): Promise<Person> => ({
    policy,
    console: await signIn(gateway.console, name, password),
    again: signedIn,
  });
  return signedIn();
}

interface Person {
  readonly policy: (...args: string[]) => ReturnType<typeof inProcess>;
  readonly console: Approver;
  /** Signs in again, after a restart. */
  readonly again: () => Promise<Person>;
}

const statusOf = ({ console }: Person) => console.get("/api/policy") as Promise<PolicyStatus>;

/** The status, once an edit is stopped for this reason. */
const stopped = (who: Person, why: string): Promise<PolicyStatus> =>
  eventually(`an edit is not active because of ${why}`, async () => {
    const status = await statusOf(who);
    return status.failure?.message.includes(why) === true ? status : null;
  });

const applied = (who: Person, before: PolicyStatus): Promise<PolicyStatus> =>
  eventually("another revision is active", async () => {
    const status = await statusOf(who);
    const isOther = status.active?.revision !== before.active?.revision;
    return isOther && status.failure === null ? status : null;
  });

const refund = async (gateway: TestGateway, amount: number) => {
  const json = { order_id: "o-882", amount, currency: "EUR", reason: "late" };
  return (await gateway.refundBot().call({ method: "POST", path: "/payments/v1/refunds", json })).status;
};
const text = async (gateway: TestGateway, path: string) => (await fetch(`${gateway.console}${path}`)).text();

describe("a gateway that requires tests, coverage and an impact that widens nothing", () => {
  let gateway: TestGateway;
  let olga: Person;
  let own: Awaited<ReturnType<typeof site>>;

  beforeAll(async () => {
    own = await site("impact");
    gateway = await started(own.dir, { tests: true, coverage: 90, impact: { last: 100, compared_percent: 1 } });
    olga = await person(gateway, "olga");
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
    const readyz = await text(gateway, "/readyz");
    expect(readyz).toContain("1 change, 1 of them widen");
    expect(readyz).toMatch(/d_\S+ deny→hold payments\/create_refund: was deny ARGUMENT_OVER_LIMIT, is hold /);
    expect(readyz).not.toContain("refund-bot");
    const metrics = await text(gateway, "/metrics");
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

describe("a gateway whose policy changes with the approval of a second person", () => {
  let gateway: TestGateway;
  let olga: Person;
  let paul: Person;
  let own: Awaited<ReturnType<typeof site>>;

  beforeAll(async () => {
    own = await site("approved");
    gateway = await started(own.dir, { impact: { last: 100 }, approval: { role: "policy-approver" } }, "live");
    olga = await person(gateway, "olga");
    paul = await person(gateway, "paul");
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
      ...{ revision, reason: "ticket 42", before: { revision: before.active?.revision } },
      impact: { decisions: 2, widened: 1, kinds: [{ kind: "deny→hold", examples: [{ subject: "refund-bot" }] }] },
    });
    await expect(olga.console.approve(id)).rejects.toThrow("403");
    expect((await statusOf(olga)).active?.revision).toBe(before.active?.revision);
    expect(await text(gateway, "/readyz")).toContain(`it waits in ${id} for the approval of`);
    expect(await text(gateway, "/readyz")).not.toMatch(/olga|ticket 42/);
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
    expect(await text(gateway, "/readyz")).not.toMatch(/olga|not this one/);
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
