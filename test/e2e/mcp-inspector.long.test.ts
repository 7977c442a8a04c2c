/** MCP Inspector's command line as the client that waits: in the older era on its call, in the newer one with a task. */
import type { Approver } from "../../demo/agent/approver.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { inspect, runInspectorFor } from "../support/inspector.ts";
import { startModern } from "../support/matrix/modern-server.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let crm: ToolServer;
let modern: Awaited<ReturnType<typeof startModern>>;
let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  crm = await startCrm(0);
  modern = await startModern();
  const second = { id: "modern", prefix: "/mcp/modern", server: "modern", credential: undefined };
  gateway = await startGateway({
    routes: [crmRoute(crm.origin, { hold: { progress_every: "1s" } }), crmRoute(modern.origin, second)],
  });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop(), modern?.stop()]));

async function deletions(customer: string): Promise<number> {
  return (await crm.counts()).by_arguments[`delete_customer {"customer_id":"${customer}"}`] ?? 0;
}

function heldItem(customer: string) {
  const look = async () =>
    (await approver.open()).find((item) => item.state === "held" && item.summary.includes(customer)) ?? null;
  return eventually(`the deletion of ${customer} is in the inbox`, look);
}

test.each(["legacy", "modern"])(
  "MCP Inspector takes a denied method for an error and for no missing sign-in: %s",
  async (era) => {
    const token = gateway.token({ sub: "support-bot", role: "nobody" }, "/mcp/modern");
    const place = { url: `${gateway.agents}/mcp/modern`, headers: { Authorization: `Bearer ${token}` } };
    const [result] = await runInspectorFor(place, [["--protocol-era", era, "--method", "prompts/list"]]);
    // 3 would be a missing sign-in.
    expect(result).toEqual([1, expect.stringContaining("Blocked by policy: No rule permits this call"), null]);
  },
);

describe.each(["legacy", "modern"] as const)("MCP Inspector in the %s era", (era) => {
  function remove(customer: string) {
    const token = gateway.token({ sub: "support-bot", role: "support", session: `s-${era}` }, "/mcp/crm");
    const args = { customer_id: customer };
    return inspect({ url: `${gateway.agents}/mcp/crm`, token, era, tool: "delete_customer", args });
  }

  async function outcomeOf(id: string): Promise<string | null> {
    const search = "/api/decisions?tool=crm/delete_customer&effect=hold&limit=1";
    const { rows } = (await approver.get(search)) as { rows: { outcome: string | null }[] };
    return (await approver.show(id)).state === "held" ? (rows[0]?.outcome ?? null) : null;
  }

  test("shows the result of a call that was held and approved, which ran once", async () => {
    const run = await remove(`c-insp-yes-${era}`);
    await approver.approve((await heldItem(`c-insp-yes-${era}`)).id);
    const { code, output } = await run.done;
    expect([code, output]).toEqual([0, expect.stringContaining(`c-insp-yes-${era}`)]);
    expect(output).toContain("deleted");
    expect(await deletions(`c-insp-yes-${era}`)).toBe(1);
    const polls = (await approver.get(`/api/decisions?session=s-${era}&code=OWN_TASK&limit=9`)) as { rows: unknown[] };
    expect(polls.rows.length > 0).toBe(era === "modern");
  });

  test("shows why a person denied", async () => {
    const run = await remove(`c-insp-no-${era}`);
    await approver.deny((await heldItem(`c-insp-no-${era}`)).id, "legal hold on this record");
    const { code, output } = await run.done;
    expect([code, output]).toEqual([5, expect.stringContaining("legal hold on this record")]);
    expect(await deletions(`c-insp-no-${era}`)).toBe(0);
  });

  test("that was ended while it waited has nothing executed for it", async () => {
    const run = await remove(`c-insp-left-${era}`);
    const { id } = await heldItem(`c-insp-left-${era}`);
    run.kill();
    await run.done;
    const known = era === "legacy" ? "abandoned" : "held";
    await eventually("the gateway knows", async () => ((await outcomeOf(id)) === known ? true : null));
    await approver.approve(id);
    // A late execution would have shown itself before a call that is approved after it has run.
    const later = await remove(`c-insp-after-${era}`);
    await approver.approve((await heldItem(`c-insp-after-${era}`)).id);
    expect((await later.done).code).toBe(0);
    expect(await deletions(`c-insp-left-${era}`)).toBe(0);
  });
});
