/** Failures seen elsewhere: what a waiting client makes of an answer, and what happens when it does not wait. With real clients. */
import type { Approver } from "../../../demo/agent/approver.ts";
import { startCrm, startPayments, type ToolServer } from "../../../demo/tools/start.ts";
import { eventually } from "../../support/eventually.ts";
import { clientNames, decisionOf, mcpClient, type McpClient } from "../../support/mcp-clients.ts";
import { crmRoute, paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

/** The same tool server for clients that are told soon that they have to come back. */
const quick = "/mcp/quick";

let crm: ToolServer;
let payments: ToolServer;
let gateway: TestGateway;
let approver: Approver;
const clients = new Map<string, McpClient>();

beforeAll(async () => {
  [crm, payments] = await Promise.all([startCrm(0), startPayments(0)]);
  const soon = { id: "quick", prefix: quick, hold: { silent_wait: "1s", progress_every: "1s" } };
  gateway = await startGateway({
    routes: [
      crmRoute(crm.origin, { hold: { progress_every: "1s" } }),
      crmRoute(crm.origin, soon),
      paymentsRoute(payments.origin),
    ],
  });
  approver = await gateway.approver();
  for (const name of clientNames)
    for (const prefix of ["/mcp/crm", quick])
      clients.set(`${name} ${prefix}`, await mcpClient(name, gateway.agents + prefix, token(prefix)));
}, 120_000);
afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.close()));
  await Promise.all([gateway?.close(), crm?.stop(), payments?.stop()]);
});

const token = (prefix: string) => gateway.token({ sub: "support-bot", role: "support" }, prefix);
const clientOf = (name: string, prefix = "/mcp/crm") => clients.get(`${name} ${prefix}`)!;

async function deletions(customer: string): Promise<number> {
  return (await crm.counts()).by_arguments[`delete_customer {"customer_id":"${customer}"}`] ?? 0;
}

function heldItem(text: string) {
  return eventually(`${text} is in the inbox`, async () => {
    return (await approver.open()).find((item) => item.state === "held" && item.summary.includes(text)) ?? null;
  });
}

const refund = (amount: number) => {
  const json = { order_id: "o-881", amount, currency: "EUR", reason: "broken" };
  return { method: "POST", path: "/payments/v1/refunds", json } as const;
};
const refunds = async (amount: number) =>
  (await payments.counts()).by_arguments[
    `create_refund {"amount":${amount},"currency":"EUR","order_id":"o-881","reason":"broken"}`
  ] ?? 0;

describe("refusals that crash agent frameworks", () => {
  describe.each(clientNames)("%s", (name) => {
    const suffix = name.replace(" ", "-");

    it("gets a denial as a result that its model can read, and goes on", async () => {
      const result = await clientOf(name).call("post_update", { url: "https://paste.example/x", text: suffix });
      expect(result).toMatchObject({
        isError: true,
        text: expect.stringMatching(/^Blocked by policy: .*Reference d_/),
      });
      expect((await clientOf(name).call("find_ticket", { query: "parcel" })).isError).toBe(false);
    });

    it("gets a call that waits for people as a result that says to come back", async () => {
      const result = await clientOf(name, quick).call("delete_customer", { customer_id: `c-pending-${suffix}` });
      expect(result.isError).toBe(true);
      expect(result.text).toContain(
        "The call was not executed. Call the same tool again with exactly the same arguments",
      );
      expect(decisionOf(result)).toMatchObject({ outcome: "pending", retryable: true });
    });

    it("gets a person's refusal with the reason, while it waits with progress", async () => {
      const customer = `c-denied-${suffix}`;
      const waiting = clientOf(name).call(
        "delete_customer",
        { customer_id: customer },
        { onprogress: () => undefined },
      );
      await approver.deny((await heldItem(customer)).id, "legal hold");
      expect(await waiting).toMatchObject({ isError: true, text: expect.stringContaining("legal hold") });
      expect(await deletions(customer)).toBe(0);
    });
  });

  it("are problem details with a status that no client takes for success, over plain HTTP", async () => {
    const denied = await gateway.refundBot().call(refund(501));
    expect([denied.status, denied.headers.get("content-type")]).toEqual([403, "application/problem+json"]);
    expect(denied.body).toMatchObject({ code: expect.any(String), executed: false, retryable: false });
    const held = await gateway.refundBot().call(refund(41));
    expect(held.body).toMatchObject({ status: "pending", executed: false });
  });
});

describe("the client gave up at 60 s and the call ran later", () => {
  let laterAmount = 60;

  it.each(clientNames)("nothing runs for %s after it left, until it asks again", async (name) => {
    const customer = `c-gone-${name.replace(" ", "-")}`;
    // Aborted, a call takes the clients' way of a timeout, and not before it is held.
    const leaving = new AbortController();
    const waiting = clientOf(name)
      .call("delete_customer", { customer_id: customer }, { signal: leaving.signal })
      .catch((error: Error) => error);
    const item = await heldItem(customer);
    leaving.abort();
    expect(await waiting).toBeInstanceOf(Error);
    await abandoned("crm/delete_customer");
    await approver.approve(item.id);
    await laterCallRan();
    expect(await deletions(customer)).toBe(0);
    expect(await clientOf(name).call("delete_customer", { customer_id: customer })).toMatchObject({ isError: false });
    expect(await deletions(customer)).toBe(1);
  });

  it("nothing runs for a plain HTTP caller after it left, until it asks again", async () => {
    const leaving = new AbortController();
    const { path, json } = refund(42);
    const authorization = `Bearer ${gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments")}`;
    const headers = { authorization, "content-type": "application/json", prefer: "wait=60" };
    const waiting = fetch(gateway.agents + path, {
      method: "POST",
      headers,
      body: JSON.stringify(json),
      signal: leaving.signal,
    }).catch((left: unknown) => left);
    const item = await heldItem("42");
    leaving.abort();
    expect(await waiting).toHaveProperty("name", "AbortError");
    await abandoned("payments/create_refund");
    await approver.approve(item.id);
    await laterCallRan();
    expect(await refunds(42)).toBe(0);
    expect((await gateway.refundBot().call(refund(42))).status).toBe(201);
    expect(await refunds(42)).toBe(1);
  });

  /** What an earlier approval set off would have shown itself before a call that is approved after it has run. */
  async function laterCallRan(): Promise<void> {
    const waiting = gateway.refundBot().call({ ...refund((laterAmount += 1)), headers: { prefer: "wait=60" } });
    await approver.approve((await heldItem(`${laterAmount}`)).id);
    expect((await waiting).status).toBe(201);
  }

  async function abandoned(tool: string): Promise<void> {
    await eventually("the gateway noticed that its caller left", async () => {
      const { rows } = (await approver.get(`/api/decisions?tool=${tool}&effect=hold&limit=1`)) as {
        rows: { outcome: string | null }[];
      };
      return rows[0]?.outcome === "abandoned" ? true : null;
    });
  }
});

describe("a held call that looks hung", () => {
  it("plain HTTP is answered at once, with where to look and when", async () => {
    const held = await gateway.refundBot().call(refund(43));
    expect(held.status).toBe(202);
    expect(Number(held.headers.get("retry-after"))).toBeGreaterThan(0);
    const looked = await gateway.refundBot().call({ method: "GET", path: held.headers.get("location") ?? "" });
    expect(looked.body).toMatchObject({ status: "pending", executed: false, next: expect.any(String) });
  });

  it.each(clientNames)("%s hears that people are asked, again and again, when it can hear", async (name) => {
    const customer = `c-hear-${name.replace(" ", "-")}`;
    const heard: string[] = [];
    const waiting = clientOf(name).call(
      "delete_customer",
      { customer_id: customer },
      { onprogress: ({ message }) => heard.push(message ?? "") },
    );
    await eventually("three messages", () => (heard.length >= 3 ? true : null));
    expect(heard.every((message) => /^Waiting for human approval a_/.test(message))).toBe(true);
    await approver.approve((await heldItem(customer)).id);
    expect((await waiting).isError).toBe(false);
  });

  it.each(clientNames)("%s is told to come back before it gives up, when it cannot hear", async (name) => {
    const result = await clientOf(name, quick).call("delete_customer", {
      customer_id: `c-deaf-${name.replace(" ", "-")}`,
    });
    // The clients give up after 60 s, with an error.
    expect(decisionOf(result).outcome).toBe("pending");
  });
});
