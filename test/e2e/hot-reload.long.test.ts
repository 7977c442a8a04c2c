import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import type { Approver } from "../../demo/agent/approver.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { inProcess } from "../unit/cli/run.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const rule = "sallyport/rules/arguments/limits/limits.rego";

interface PolicyStatus {
  readonly active: { readonly revision: string };
  readonly failure: { readonly locations: readonly { readonly file: string; readonly line: number }[] } | null;
}

describe("a policy folder that is edited while the gateway runs", () => {
  let payments: ToolServer;
  let gateway: TestGateway;
  let agent: HttpAgent;
  let approver: Approver;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)], policy: () => Promise.resolve() });
    agent = gateway.refundBot();
    approver = await gateway.approver();
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  const status = async () => (await approver.get("/api/policy")) as PolicyStatus;
  const policy = () =>
    gateway.policy ??
    (() => {
      throw new Error("no policy copy");
    })();
  const refund = { order_id: "o-882", amount: 450, currency: "EUR", reason: "late" };
  const refundCall = { method: "POST", path: "/payments/v1/refunds", json: refund } as const;

  it("changes the answer of the same call soon after the edit", async () => {
    expect((await agent.call(refundCall)).status).toBe(202);
    await policy().addData("limits", { payments: { create_refund: { amount: { max: 400 } } } });
    const edited = performance.now();
    await eventually(
      "the lower ceiling denies",
      async () => ((await agent.call(refundCall)).status === 403 ? true : null),
      60_000,
    );
    const tookMs = performance.now() - edited;
    console.log(`edit to effect: ${Math.round(tookMs)} ms`);
    await policy().addData("limits", { payments: { create_refund: { amount: { max: 500 } } } });
    await eventually(
      "the old ceiling is back",
      async () => ((await agent.call(refundCall)).status === 202 ? true : null),
      60_000,
    );
  });

  it("keeps the last good policy after a broken edit and says where it is broken", async () => {
    const good = await policy().read(rule);
    const { active } = await status();
    await policy().write(rule, `${good}\ndeny contains if {\n`);
    const failure = await eventually("the failure is reported", async () => (await status()).failure);
    expect(failure.locations[0]?.file).toContain("limits.rego");
    expect(failure.locations[0]?.line).toBeGreaterThan(1);
    expect((await status()).active.revision).toBe(active.revision);
    expect((await agent.call(order)).status).toBe(200);
    const readyz = await (await fetch(`${gateway.console}/readyz`)).text();
    expect(readyz).toMatch(/limits\.rego:\d+/);
    await eventually("the log says it too", () => (/limits\.rego:\d+/.test(gateway.output()) ? true : null));
    await policy().write(rule, good);
    await eventually("the mended policy is active", async () => ((await status()).failure === null ? true : null));
  });

  it("records each decision with the revision that judged it", async () => {
    const { revision } = (await status()).active;
    const before = await agent.call(order);
    await policy().addData("limits", { payments: { create_refund: { amount: { max: 499 } } } });
    await eventually("another revision is active", async () =>
      (await status()).active.revision === revision ? null : true,
    );
    const after = await agent.call(order);
    const revisionOf = async (id: string | null) =>
      eventually("the decision is in the log", async () => {
        const found = (await approver.get(`/api/decisions/${id}`).catch(() => null)) as {
          decision: { bundles: Record<string, { revision: string }> };
        } | null;
        return found === null ? null : (Object.values(found.decision.bundles)[0]?.revision ?? null);
      });
    expect(await revisionOf(before.decisionId)).toBe(revision);
    expect(await revisionOf(after.decisionId)).not.toBe(revision);
  });

  it("goes back by the documented commands, stays there through edits, and goes on", async () => {
    const password = join(gateway.dir, "password");
    await writeFile(password, await gateway.approverPassword());
    const who = ["--console", gateway.console, "--user", "approver", "--password-file", password];
    const sallyport = (...words: string[]) => inProcess(["policy", ...words, ...who]);
    const readyz = async () => (await fetch(`${gateway.console}/readyz`)).text();
    const { revision: good } = (await status()).active;
    await policy().addData("limits", { payments: { create_refund: { amount: { max: 400 } } } });
    await eventually("the lower ceiling denies", async () =>
      (await agent.call(refundCall)).status === 403 ? true : null,
    );
    const listed = await sallyport("history");
    expect(listed.stdout).toContain(`${(await status()).active.revision} *`);
    expect(await sallyport("rollback", "--reason", "refunds fail")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(good) as string,
    });
    expect([(await agent.call(refundCall)).status, (await status()).active.revision]).toEqual([202, good]);
    expect(await readyz()).toMatch(new RegExp(`pinned to revision ${good} since \\S+ by approver: edits`));
    await policy().addData("limits", { payments: { create_refund: { amount: { max: 300 } } } });
    await gateway.told("policy built; another revision is pinned");
    expect((await agent.call(refundCall)).status).toBe(202);
    await gateway.kill("SIGKILL");
    await gateway.startAgain();
    expect((await agent.call(refundCall)).status).toBe(202);
    expect((await sallyport("activate", "latest")).code).toBe(0);
    expect((await agent.call(refundCall)).status).toBe(403);
    expect(await readyz()).not.toContain("policy-pinned");
    const [latest] = (JSON.parse((await sallyport("history", "--json")).stdout) as { items: object[] }).items;
    expect(latest).toMatchObject({ outcome: "active", by: "approver", kept: true });
  });
});
