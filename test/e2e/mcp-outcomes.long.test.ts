import type { Approver } from "../../demo/agent/approver.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { clientNames, decisionOf, mcpClient, type McpClient } from "../support/mcp-clients.ts";
import { denyChains } from "../support/policy-copy.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const quick = "/mcp/quick";
const resetting = "/mcp/resetting";

let crm: ToolServer;
let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  crm = await startCrm(0);
  const impatiently = { id: "quick", prefix: quick, hold: { silent_wait: "1s", progress_every: "1s" } };
  const patiently = { hold: { progress_every: "1s" } };
  const hold = { progress_every: "1s", client_timeout: "5s", progress_resets_timeout: true };
  const resets = { id: "resetting", prefix: resetting, hold };
  gateway = await startGateway({
    routes: [patiently, impatiently, resets].map((route) => crmRoute(crm.origin, route)),
    policy: denyChains,
  });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop()]));

describe.each(clientNames)("MCP tools behind the gateway, called by %s", (name) => {
  const suffix = name.replace(" ", "-");
  let client: McpClient;
  let impatient: McpClient;

  beforeAll(async () => {
    [client, impatient] = await Promise.all([connect("/mcp/crm"), connect(quick)]);
  });
  afterAll(() => Promise.all([client?.close(), impatient?.close()]));

  async function connect(prefix: string, session = `s-${suffix}`): Promise<McpClient> {
    // A caller of its own: what one is denied raises its risk.
    const token = gateway.token({ sub: `support-${suffix}`, role: "support", session }, prefix);
    return mcpClient(name, gateway.agents + prefix, token);
  }

  async function deletions(customer: string): Promise<number> {
    return (await crm.counts()).by_arguments[`delete_customer {"customer_id":"${customer}"}`] ?? 0;
  }

  function heldItem(customer: string) {
    return eventually(`the deletion of ${customer} is in the inbox`, async () => {
      return (await approver.open()).find((item) => item.state === "held" && item.summary.includes(customer)) ?? null;
    });
  }

  it("forwards an allowed call, and ping where the protocol still has it", async () => {
    const result = await client.call("find_ticket", { query: "parcel" });
    expect(result.isError).toBe(false);
    expect(result.text).toContain("parcel arrived broken");
    if (name !== "v2 modern") await client.ping();
    expect(await crm.counts()).toMatchObject({ with_agent_token: 0, without_credential: 0 });
  });

  it("lists only the tools that the caller may see", async () => {
    const tools = await client.tools();
    expect(tools).toEqual(expect.arrayContaining(["find_ticket", "read_customer", "post_update", "delete_customer"]));
    expect(tools).not.toContain("run_report");
  });

  it("answers a hidden tool exactly as one that does not exist", async () => {
    const hidden = await client.call("run_report", { name: "all" }).catch((error: Error) => error);
    const missing = await client.call("no_such_tool", { name: "all" }).catch((error: Error) => error);
    expect(hidden).toBeInstanceOf(Error);
    expect(missing).toBeInstanceOf(Error);
    expect((hidden as Error).message.replace("run_report", "X")).toBe(
      (missing as Error).message.replace("no_such_tool", "X"),
    );
    expect((hidden as Error).message).toContain("Unknown tool: run_report");
    expect((await crm.counts()).executions).not.toHaveProperty("run_report");
  });

  it("denies with a result that a model can read and data that a program can read", async () => {
    const result = await client.call("post_update", { url: "https://paste.example/new", text: "late" });
    expect(result.isError).toBe(true);
    expect(result.text).toMatch(/^Blocked by policy: .*Do not retry/);
    const decision = decisionOf(result);
    expect(decision).toMatchObject({ outcome: "deny", retryable: false, id: expect.stringMatching(/^d_/) });
    expect(decision.reasons.length).toBeGreaterThan(0);
    expect((await crm.counts()).by_arguments).not.toHaveProperty(
      'post_update {"text":"late","url":"https://paste.example/new"}',
    );
  });

  it("reports progress while people decide and then delivers the result on the same call", async () => {
    const heard: string[] = [];
    const answering = client.call(
      "delete_customer",
      { customer_id: `c-prog-${suffix}` },
      { onprogress: ({ message }) => heard.push(message ?? "") },
    );
    const item = await heldItem(`c-prog-${suffix}`);
    await eventually("two progress messages", () => (heard.length >= 2 ? true : null));
    expect(heard.join()).toMatch(/approval/i);
    expect(await deletions(`c-prog-${suffix}`)).toBe(0);
    await approver.approve(item.id);
    const result = await answering;
    expect(result.isError).toBe(false);
    expect(result.text).toContain(`c-prog-${suffix}`);
    expect(await deletions(`c-prog-${suffix}`)).toBe(1);
  });

  it("keeps a client waiting for longer than its timeout when progress resets that", async () => {
    const heard: unknown[] = [];
    const informed = await connect(resetting);
    const answering = informed.call(
      "delete_customer",
      { customer_id: `c-long-${suffix}` },
      { onprogress: (progress) => heard.push(progress), timeout: 5_000 },
    );
    const item = await heldItem(`c-long-${suffix}`);
    // A second lies between two of them.
    await eventually("more progress than fits into the timeout", () => (heard.length >= 7 ? true : null));
    await approver.approve(item.id);
    expect((await answering).isError).toBe(false);
    expect(await deletions(`c-long-${suffix}`)).toBe(1);
    await informed.close();
  });

  it("keeps a silent client waiting and delivers the result", async () => {
    const answering = client.call("delete_customer", { customer_id: `c-silent-${suffix}` });
    await approver.approve((await heldItem(`c-silent-${suffix}`)).id);
    const result = await answering;
    expect(result.isError).toBe(false);
    expect(await deletions(`c-silent-${suffix}`)).toBe(1);
  });

  it("answers pending after the silent wait; the same call after approval runs once", async () => {
    const pending = await impatient.call("delete_customer", { customer_id: `c-later-${suffix}` });
    expect(pending.isError).toBe(true);
    expect(pending.text).toContain("The call was not executed");
    expect(pending.text).toContain("exactly the same arguments");
    const { outcome, approvalId } = decisionOf(pending);
    expect(outcome).toBe("pending");
    const again = await impatient.call("delete_customer", { customer_id: `c-later-${suffix}` });
    expect(decisionOf(again).approvalId).toBe(approvalId);
    expect(await deletions(`c-later-${suffix}`)).toBe(0);
    await approver.approve(approvalId ?? "");
    const result = await impatient.call("delete_customer", { customer_id: `c-later-${suffix}` });
    expect(result.isError).toBe(false);
    expect(await deletions(`c-later-${suffix}`)).toBe(1);
  });

  it("tells the model why a person denied", async () => {
    const answering = client.call("delete_customer", { customer_id: `c-kept-${suffix}` });
    await approver.deny((await heldItem(`c-kept-${suffix}`)).id, "legal hold on this record");
    const result = await answering;
    expect(result.isError).toBe(true);
    expect(result.text).toContain("legal hold on this record");
    expect(decisionOf(result).outcome).toBe("deny");
    expect(await deletions(`c-kept-${suffix}`)).toBe(0);
  });

  it("never executes a call whose client gave up while it was held", async () => {
    // Aborted, a call takes the clients' way of a timeout, and not before it is held.
    const leaving = new AbortController();
    const answering = client
      .call("delete_customer", { customer_id: `c-gone-${suffix}` }, { signal: leaving.signal })
      .catch((error: Error) => error);
    const item = await heldItem(`c-gone-${suffix}`);
    leaving.abort();
    expect(await answering).toBeInstanceOf(Error);
    await eventually("the gateway noticed that its caller left", async () => {
      const search = "/api/decisions?tool=crm/delete_customer&effect=hold&limit=1";
      const { rows } = (await approver.get(search)) as { rows: { outcome: string | null }[] };
      return rows[0]?.outcome === "abandoned" ? true : null;
    });
    await approver.approve(item.id);
    // A late execution would have shown itself before a call that is approved after it has run.
    const later = client.call("delete_customer", { customer_id: `c-after-${suffix}` });
    await approver.approve((await heldItem(`c-after-${suffix}`)).id);
    expect((await later).isError).toBe(false);
    expect(await deletions(`c-gone-${suffix}`)).toBe(0);
  });

  it("blocks posting outside after private data was read in the same session, and only then", async () => {
    const update = { url: "https://status.partner.example/updates", text: `from ${name}` };
    const fresh = await connect("/mcp/crm", `s-clean-${suffix}`);
    expect(await fresh.call("post_update", update)).toMatchObject({ isError: false });
    const session = await connect("/mcp/crm", `s-chain-${suffix}`);
    expect(await session.call("read_customer", { customer_id: "c-17" })).toMatchObject({ isError: false });
    const blocked = await session.call("post_update", update);
    expect(blocked.isError).toBe(true);
    expect(decisionOf(blocked).reasons).toContain("EXFILTRATION_CHAIN");
    const { by_arguments } = await crm.counts();
    expect(by_arguments[`post_update {"text":"${update.text}","url":"${update.url}"}`]).toBe(1);
    await Promise.all([fresh.close(), session.close()]);
  });
});
