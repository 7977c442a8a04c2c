/** A candidate beside the active policy, on live calls: what docs/policy-changes.md says of `policy.shadow`, on one gateway. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import type { KindTally } from "../../gateway/domain/policy-change.ts";
import { eventually } from "../support/eventually.ts";
import { copyPolicy, demoPolicy, type PolicyCopy } from "../support/policy-copy.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { inProcess } from "../unit/cli/run.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const noOrders = "sallyport/rules/trial/orders/orders.rego";
const noOrdersRule = `package sallyport.rules.trial.orders

import data.sallyport.reason

# METADATA
# title: Orders are not read
# custom: { code: NO_ORDERS, severity: low }
_no_orders := reason.of(rego.metadata.chain())

deny contains _no_orders if input.resource.id == "payments/get_order"
`;

interface Shadow {
  readonly candidate: { readonly revision: string };
  readonly compared: number;
  readonly changed: number;
  readonly widened: number;
  readonly kinds: readonly KindTally[];
  readonly not_compared: { readonly gateway: number };
  readonly waiting: number;
  readonly left_out: { readonly policy: number };
}

let folder: string;
let payments: ToolServer;
let gateway: TestGateway;
let agent: HttpAgent;
let candidate: PolicyCopy;
let password: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-shadow-"));
  candidate = copyPolicy(folder);
  await candidate.dropGoldenCases();
  await candidate.writeNew(noOrders, noOrdersRule);
  await candidate.addData("limits", { payments: { create_refund: { amount: { max: 700 } } } });
  payments = await startPayments(0);
  gateway = await startGateway({
    routes: [paymentsRoute(payments.origin)],
    config: { policy: { sources: ["library", demoPolicy], shadow: { sources: [candidate.dir], cpu_percent: 100 } } },
  });
  agent = gateway.refundBot();
  password = join(folder, "password");
  await writeFile(password, await gateway.approverPassword());
  await gateway.told("policy.shadow: the candidate judges copies of calls");
}, 120_000);
afterAll(async () => {
  await gateway?.close();
  await payments?.stop();
  await rm(folder, { recursive: true, force: true });
});

const refund = (amount: number) =>
  agent.call({
    method: "POST",
    path: "/payments/v1/refunds",
    json: { order_id: "o-882", amount, currency: "EUR", reason: "late" },
  });

function shadow(...more: string[]) {
  const who = ["--console", gateway.console, "--user", "approver", "--password-file", password];
  return inProcess(["policy", "shadow", ...who, ...more]);
}

/** The report, once nothing waits and so many were compared. */
const report = (compared: number): Promise<Shadow> =>
  eventually(`${compared} decisions are compared`, async () => {
    const { stdout, stderr } = await shadow("--json");
    if (stdout === "") throw new Error(stderr);
    const told = JSON.parse(stdout) as Shadow;
    return told.compared === compared && told.waiting === 0 ? told : null;
  });

const readyz = async () => (await fetch(`${gateway.console}/readyz`)).text();
const metrics = async () => (await fetch(`${gateway.console}/metrics`)).text();

it("says that nothing has been judged yet, and exits 1", async () => {
  const { code, stdout } = await shadow();
  expect([code, stdout]).toEqual([1, expect.stringContaining("Nothing has been judged by this candidate yet.")]);
});

it("tells what the candidate would change of live calls, widenings first, and changes none of them", async () => {
  const answers = [await agent.call(order), await agent.call(order), await refund(450), await refund(600)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 202, 403]);
  // The gateway refuses this one by itself.
  expect((await fetch(`${gateway.agents}${order.path}`)).status).toBe(401);
  const told = await report(4);
  expect(told).toMatchObject({ changed: 3, widened: 1, not_compared: { gateway: 1 } });
  expect(told.kinds.map(({ kind, widens, count, tools }) => [kind, widens, count, tools])).toEqual([
    ["deny→hold", true, 1, [{ name: "payments/create_refund", count: 1 }]],
    ["allow→deny", false, 2, [{ name: "payments/get_order", count: 2 }]],
  ]);
  const [example] = told.kinds[1]!.examples.slice(-1);
  expect(example).toMatchObject({
    of: answers[1]!.decisionId,
    subject: "refund-bot",
    after: { reasons: [{ code: "NO_ORDERS" }] },
  });
});

it("shows the same to people, with examples, and counts it by kind", async () => {
  const { code, stdout } = await shadow("--examples", "1");
  expect(code).toBe(0);
  expect(stdout).toContain("5 live decisions, 4 compared: 3 changed, 1 of them widened");
  expect(stdout.indexOf("deny→hold  1  widens")).toBeLessThan(stdout.indexOf("allow→deny  2"));
  expect(stdout.match(/now deny NO_ORDERS \(trial\/orders\)/g)).toHaveLength(1);
  const text = await metrics();
  expect(text).toContain('sallyport_policy_shadow_changes_total{kind="deny→hold",widens="true"} 1\n');
  expect(text).toContain('sallyport_policy_shadow_changes_total{kind="allow→deny",widens="false"} 2\n');
  expect(text).toContain('sallyport_policy_shadow_decisions_total{result="same"} 1\n');
  expect(text).toContain('sallyport_policy_shadow_decisions_total{result="gateway"} 1\n');
});

it("goes on with the last good candidate after a broken edit, which is a finding and stops no call", async () => {
  await candidate.write(noOrders, `${noOrdersRule}\ndeny contains if {\n`);
  await eventually("the edit is a finding", async () =>
    /policy\.shadow: .*orders\.rego:\d+/s.test(await readyz()) ? true : null,
  );
  expect((await fetch(`${gateway.console}/readyz`)).status).toBe(200);
  expect((await agent.call(order)).status).toBe(200);
  expect((await report(5)).changed).toBe(4);
  expect((await shadow()).stdout).toContain("a later edit is not judged: ");
});

it("begins to count anew with another candidate", async () => {
  const { candidate: before } = await report(5);
  await rm(candidate.file(noOrders));
  await eventually("the mended candidate judges", async () => {
    const { stdout } = await shadow("--json");
    return (JSON.parse(stdout) as Shadow).candidate.revision === before.revision ? null : true;
  });
  expect(await readyz()).not.toContain("policy.shadow");
  expect((await agent.call(order)).status).toBe(200);
  expect(await report(1)).toMatchObject({ changed: 0, kinds: [] });
});

it("judges a call that people approve, which is carried out once", async () => {
  const refunds = async () => (await payments.counts()).executions["create_refund"] ?? 0;
  const held = await refund(200);
  expect([held.status, await refunds()]).toEqual([202, 0]);
  const approver = await gateway.approver();
  const { id } = held.body["approval"] as { id: string };
  await approver.approve(id);
  expect(await agent.settled(held.headers.get("location") ?? "", 60_000)).toBe("approved");
  expect([(await refund(200)).status, await refunds()]).toEqual([201, 1]);
  expect(await report(3)).toMatchObject({ changed: 0 });
  // What it came to is given once more, and then people are asked again.
  expect([(await refund(200)).status, (await refund(200)).status, await refunds()]).toEqual([201, 202, 1]);
});
