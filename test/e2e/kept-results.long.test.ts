/** What a caller gets that gave up while people were deciding, and repeats the call after it ran. */
import type { ServerResponse } from "node:http";
import type { Approver } from "../../demo/agent/approver.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { httpClients, type HttpSaid } from "../support/http-clients.ts";
import { clientNames, decisionOf, mcpClient } from "../support/mcp-clients.ts";
import { callWithFixedTimeout } from "../support/mcp-fixed-timeout.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const mcp = "/mcp/crm";
const unkept = { id: "unkept", prefix: "/unkept", hold: { keep_result: "0s" } };
const large = 300_000;

/** Without the role that makes refunds. */
const entitlements = "support: { crm: { tools: { delete_customer: true }, methods: {} } }\n";

let crm: ToolServer;
let payments: RecordingUpstream;
let gateway: TestGateway;
let approver: Approver;
let amount = 150;

beforeAll(async () => {
  [crm, payments] = await Promise.all([startCrm(0), recordingUpstream()]);
  const routes = [crmRoute(crm.origin), paymentsRoute(payments.origin), paymentsRoute(payments.origin, unkept)];
  gateway = await startGateway({ routes, policy: async () => undefined });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop(), payments?.close()]));
beforeEach(() => {
  amount += 1;
  payments.requests.length = 0;
  payments.answerWith((_req, res) => answer(res));
});

function answer(res: ServerResponse): void {
  res.writeHead(201, { "content-type": "application/json", "x-refund": "r-1" }).end('{"refunded":true}');
}

async function deletions(customer: string): Promise<number> {
  return (await crm.counts()).by_arguments[`delete_customer {"customer_id":"${customer}"}`] ?? 0;
}

function heldItem(text: string) {
  return eventually(`${text} is in the inbox`, async () => {
    return (await approver.open()).find((item) => item.state === "held" && item.summary.includes(text)) ?? null;
  });
}

const token = (prefix: string, session = "run-1", sub = "support-bot", role = "support") =>
  gateway.token({ sub, role, session }, prefix);

interface Asking {
  readonly session?: string;
  readonly sub?: string;
  readonly prefix?: string;
  readonly order?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function refund({ session, sub = "refund-bot", prefix = "/payments", order = "o-881", headers }: Asking = {}) {
  const json = { order_id: order, amount, currency: "EUR", reason: "kept" };
  const url = `${gateway.agents}${prefix}/v1/refunds`;
  return httpClients.undici({
    url,
    token: token(prefix, session, sub, "refunds"),
    json,
    ...(headers === undefined ? {} : { headers }),
  });
}

async function approved(asking: Asking = {}): Promise<string> {
  const { id } = (await refund(asking)).body["approval"] as { id: string };
  await approver.approve(id);
  return id;
}

interface Row {
  readonly decision_id: string;
  readonly effect: string;
  readonly outcome: string | null;
}

/** Newest first. */
async function decisions(query: string): Promise<readonly Row[]> {
  return ((await approver.get(`/api/decisions?${query}`)) as { rows: Row[] }).rows;
}

const what = ({ status, headers }: HttpSaid) => `${status} ${headers["sallyport-outcome"] ?? "sent"}`;

/** Milliseconds: longer than any answer takes that comes at all. */
const patient = 60_000;

describe("an MCP client that gave up without a word", () => {
  const silently = (customer: string, timeoutMs: number, session?: string) =>
    callWithFixedTimeout({ url: gateway.agents + mcp, token: token(mcp, session), timeoutMs }, "delete_customer", {
      customer_id: customer,
    });

  test("gets the result of its call, which ran once on a connection that nobody read, and then asks anew", async () => {
    const gaveUp = await silently("c-lost", 1_500);
    expect(gaveUp.answer).toBeNull();
    const { id } = await heldItem("c-lost");
    await approver.approve(id);
    expect(await gaveUp.rest).toContain("c-lost");
    expect(await deletions("c-lost")).toBe(1);

    const again = await silently("c-lost", patient);
    expect(again.answer).toMatchObject({ isError: false, text: expect.stringContaining("c-lost") });
    expect(again.answer?.meta["dev.sallyport/decision"]).toMatchObject({
      outcome: "replayed",
      approvalId: id,
      replayOf: expect.stringMatching(/^d_/),
      executedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(again.headers?.get("sallyport-outcome")).toBe("replayed");
    expect(await deletions("c-lost")).toBe(1);
    // The outcome is written after the answer.
    const row = await eventually("its outcome is in the log", async () => {
      const [newest] = await decisions("tool=crm/delete_customer&limit=1");
      return newest === undefined || newest.outcome === null ? null : newest;
    });
    expect(row).toMatchObject({ effect: "hold", outcome: "replayed" });

    expect((await silently("c-lost", 1_500)).answer).toBeNull();
    expect((await heldItem("c-lost")).id).not.toBe(id);
    expect(await deletions("c-lost")).toBe(1);
  });

  test("gets it also when it waits again, and again, while people decide", async () => {
    const dead = [await silently("c-often", 1_000, "run-often"), await silently("c-often", 1_000, "run-often")];
    const alive = silently("c-often", patient, "run-often");
    const { id } = await heldItem("c-often");
    await eventually("all three wait", async () => {
      const waiting = await decisions("session=run-often&effect=hold&limit=4");
      return waiting.length === 3 ? true : null;
    });
    await approver.approve(id);
    expect((await alive).answer).toMatchObject({ isError: false, text: expect.stringContaining("c-often") });
    for (const { rest } of dead) expect(await rest).toContain("c-often");
    expect(await deletions("c-often")).toBe(1);
  });

  test.each(clientNames)("is given it through %s", async (name) => {
    const customer = `c-sdk-${name.replace(" ", "-")}`;
    const client = await mcpClient(name, gateway.agents + mcp, token(mcp));
    const first = client.call("delete_customer", { customer_id: customer });
    await approver.approve((await heldItem(customer)).id);
    const once = await first;
    const again = await client.call("delete_customer", { customer_id: customer });
    expect([again.isError, again.text]).toEqual([false, once.text]);
    expect(decisionOf(again)).toMatchObject({ outcome: "replayed" });
    expect(await deletions(customer)).toBe(1);
    await client.close();
  });
});

describe("a plain HTTP caller that repeats an approved call", () => {
  test("gets the same status, headers and body once more, marked, under its Idempotency-Key too", async () => {
    for (const headers of [undefined, { "idempotency-key": `"k-${amount}"` }]) {
      payments.requests.length = 0;
      amount += 1;
      const asking = headers === undefined ? {} : { headers };
      const id = await approved(asking);
      expect(what(await refund(asking))).toBe("201 sent");
      const again = await refund(asking);
      expect(what(again)).toBe("201 replayed");
      expect(again).toMatchObject({ body: { refunded: true }, headers: { "x-refund": "r-1" } });
      expect(again.headers["sallyport-replay-of"]).toMatch(/^d_/);
      expect(again.headers["sallyport-decision"]).not.toBe(again.headers["sallyport-replay-of"]);
      const third = await refund(asking);
      if (headers === undefined) expect((third.body["approval"] as { id: string }).id).not.toBe(id);
      else expect(third.body["code"]).toBe("approval_consumed");
      expect(payments.requests).toHaveLength(1);
    }
  });

  test("is told that it still runs, or waits for that as it prefers, and the call is sent once", async () => {
    const running: ServerResponse[] = [];
    payments.answerWith((_req, res) => void running.push(res));
    const id = await approved();
    const first = refund();
    await eventually("it runs", () => (running.length === 1 ? true : null));
    const told = await refund();
    expect(told).toMatchObject({
      status: 409,
      headers: { "retry-after": "1" },
      body: { code: "approval_running", executed: null, next: expect.stringContaining("exactly the same request") },
    });
    const waiting = [refund({ headers: { prefer: "wait=100" } }), refund({ headers: { prefer: "wait=100" } })];
    await eventually("both wait", async () => {
      const rows = await decisions("tool=payments/create_refund&effect=hold&limit=3");
      return rows[2]?.decision_id === told.headers["sallyport-decision"] ? true : null;
    });
    running.forEach(answer);
    expect(what(await first)).toBe("201 sent");
    expect((await Promise.all(waiting)).map(what)).toEqual(["201 replayed", "201 replayed"]);
    expect(payments.requests).toHaveLength(1);
    await eventually("it is delivered", async () => ((await approver.show(id)).state === "delivered" ? true : null));
  });

  test("gets it once when it repeats it many times at once, and is never executed for again", async () => {
    await approved();
    expect(what(await refund())).toBe("201 sent");
    const said = (await Promise.all(Array.from({ length: 8 }, () => refund()))).map(what);
    expect(said.toSorted()).toEqual([
      ...Array<string>(1).fill("201 replayed"),
      ...Array<string>(7).fill("202 pending"),
    ]);
    expect(payments.requests).toHaveLength(1);
  });

  test("does not get it for another session, caller, argument, key or header", async () => {
    await approved();
    expect(what(await refund())).toBe("201 sent");
    const others: Asking[] = [
      { session: "run-2" },
      { sub: "other-bot" },
      { order: "o-882" },
      { headers: { "x-dry-run": "1" } },
    ];
    for (const other of others) expect(what(await refund(other))).toBe("202 pending");
    expect(what(await refund())).toBe("201 replayed");
    amount += 1;
    await approved();
    expect(what(await refund())).toBe("201 sent");
    expect(what(await refund({ headers: { "idempotency-key": '"new"' } }))).toBe("202 pending");
    expect(payments.requests).toHaveLength(2);
  });

  test("is told that a result is too large to be kept, or that its end is not known, and then asks anew", async () => {
    payments.answerWith((_req, res) => res.end(JSON.stringify({ text: "x".repeat(large) })));
    await approved();
    expect(what(await refund())).toBe("200 sent");
    const tooLarge = await refund();
    expect(tooLarge.body).toMatchObject({ code: "approval_result_lost", executed: null, retryable: false });
    expect(tooLarge.body["detail"]).toContain("larger than 256 KiB");
    expect(what(await refund())).toBe("202 pending");
    amount += 1;
    payments.answerWith((_req, res) => res.destroy());
    await approved();
    expect((await refund()).body).toMatchObject({ code: "upstream_broken" });
    expect((await refund()).body["detail"]).toContain("how it ended is not known");
    expect(what(await refund())).toBe("202 pending");
    expect(payments.requests).toHaveLength(2);
  });

  test("is held again on a route that keeps no results", async () => {
    await approved({ prefix: "/unkept" });
    expect(what(await refund({ prefix: "/unkept" }))).toBe("201 sent");
    expect(what(await refund({ prefix: "/unkept" }))).toBe("202 pending");
  });

  test("is refused when policy denies the call by now, or access was ended", async () => {
    await approved();
    expect(what(await refund())).toBe("201 sent");
    await gateway.policy?.dropGoldenCases();
    await gateway.policy?.write("sallyport/entitlements/data.yaml", entitlements);
    const denied = await eventually(
      "the new policy is active",
      async () => {
        const said = await refund({ order: "o-999" });
        return said.status === 403 ? said : null;
      },
      60_000,
    );
    expect((await refund()).body["code"]).toBe(denied.body["code"]);
    await approver.post("/api/revocations", { kind: "gateway", reason: "drill" });
    expect((await refund()).body["code"]).toBe("gateway_stopped");
    expect(payments.requests).toHaveLength(1);
  });
});
