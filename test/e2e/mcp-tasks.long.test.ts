/** Held calls of clients that know tasks: they get one at once, ask about it, and the call runs when they do. */
import type { Approver } from "../../demo/agent/approver.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { clientNames } from "../support/mcp-clients.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { type TaskClient, taskClient } from "../support/task-clients.ts";

let crm: ToolServer;
let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  crm = await startCrm(0);
  gateway = await startGateway({ routes: [crmRoute(crm.origin, { hold: { progress_every: "1s" } })] });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop()]));

async function deletions(customer: string): Promise<number> {
  return (await crm.counts()).by_arguments[`delete_customer {"customer_id":"${customer}"}`] ?? 0;
}

function heldItem(customer: string) {
  return eventually(`the deletion of ${customer} is in the inbox`, async () => {
    return (await approver.open()).find((item) => item.state === "held" && item.summary.includes(customer)) ?? null;
  });
}

describe.each(clientNames)("tasks of %s", (name) => {
  const suffix = name.replace(" ", "-");
  let client: TaskClient;

  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client?.close());

  function connect(sub = "support-bot"): Promise<TaskClient> {
    const token = gateway.token({ sub, role: "support", session: `s-${suffix}` }, "/mcp/crm");
    return taskClient(name, `${gateway.agents}/mcp/crm`, token);
  }

  const remove = (customer: string) => client.call("delete_customer", { customer_id: customer });

  test("are given at once for a held call, which runs exactly once when approved and asked about", async () => {
    const customer = `c-yes-${suffix}`;
    const call = remove(customer);
    const item = await heldItem(customer);
    const [first] = await eventually("a task", () => (call.steps.length > 0 ? call.steps : null));
    expect(first).toMatchObject({ status: "working", taskId: expect.stringMatching(/^sallyport-t_[\w-]{22}$/) });
    expect(first?.message).toContain(`Waiting for human approval ${item.id}`);
    expect(await deletions(customer)).toBe(0);
    await approver.approve(item.id);
    const result = await call.result;
    expect(result).toMatchObject({ isError: false });
    expect(result.text).toContain(customer);
    expect(await deletions(customer)).toBe(1);
    expect((await client.get(first?.taskId ?? "")).status).toBe("completed");
    expect(await deletions(customer)).toBe(1);
  });

  test("end with the reason of the person who denied", async () => {
    const customer = `c-no-${suffix}`;
    const call = remove(customer);
    const ended = call.result.then(
      ({ isError, text }) => ({ isError, text }),
      (error: Error) => ({ isError: true, text: `${error.message} ${call.steps.at(-1)?.message}` }),
    );
    await approver.deny((await heldItem(customer)).id, "legal hold on this record");
    const { isError, text } = await ended;
    expect(isError).toBe(true);
    expect(text).toContain("legal hold on this record");
    expect(await deletions(customer)).toBe(0);
  });

  test("of a client that stopped asking are never executed, whatever people say", async () => {
    const customer = `c-left-${suffix}`;
    const call = remove(customer);
    call.result.catch(() => undefined);
    const item = await heldItem(customer);
    await eventually("a task", () => (call.steps.length > 0 ? true : null));
    await call.leave();
    await approver.approve(item.id);
    // A late execution would have shown itself before a call that is approved after it has run.
    const later = remove(`c-after-${suffix}`);
    await approver.approve((await heldItem(`c-after-${suffix}`)).id);
    expect(await later.result).toMatchObject({ isError: false });
    expect(await deletions(customer)).toBe(0);
  });

  test("take the question back when they are cancelled", async () => {
    const customer = `c-off-${suffix}`;
    const call = remove(customer);
    const ended = call.result.catch((error: Error) => error);
    const item = await heldItem(customer);
    const [first] = await eventually("a task", () => (call.steps.length > 0 ? call.steps : null));
    await client.cancel(first?.taskId ?? "");
    expect(await ended).toBeInstanceOf(Error);
    expect((await approver.show(item.id)).state).toBe("cancelled");
    expect(await deletions(customer)).toBe(0);
  });

  test("are unknown to everybody else, exactly as one that never was", async () => {
    const customer = `c-mine-${suffix}`;
    const call = remove(customer);
    call.result.catch(() => undefined);
    await heldItem(customer);
    const [first] = await eventually("a task", () => (call.steps.length > 0 ? call.steps : null));
    const other = await connect("other-bot");
    const told = async (taskId: string) => (await other.get(taskId).catch((error: Error) => error)) as Error;
    const theirs = await told(first?.taskId ?? "");
    const nobodys = await told("sallyport-t_0000000000000000000000");
    expect(theirs).toMatchObject({ code: -32602 });
    expect(theirs.message.replace(/d_[\w-]+/, "")).toBe(nobodys.message.replace(/d_[\w-]+/, ""));
    await call.leave();
    await other.close();
  });

  test("of a repeated call are two about one question, which is executed once for both", async () => {
    const customer = `c-again-${suffix}`;
    const calls = [remove(customer), remove(customer)] as const;
    const item = await heldItem(customer);
    const firsts = await eventually("two answers", () => {
      const steps = calls.map((call) => call.steps[0]);
      return steps.every((step) => step !== undefined) ? steps : null;
    });
    expect(firsts[0]?.taskId).not.toBe(firsts[1]?.taskId);
    await approver.approve(item.id);
    const results = await Promise.all(calls.map((call) => call.result));
    expect(results.map(({ isError }) => isError)).toEqual([false, false]);
    expect(await deletions(customer)).toBe(1);
  });

  test("are no detour for what needs no approval", async () => {
    expect(await client.call("find_ticket", { query: "parcel" }).result).toMatchObject({
      isError: false,
      text: expect.stringContaining("parcel arrived broken"),
    });
    const blocked = client.call("post_update", { url: "https://paste.example/new", text: "late" });
    const told = await blocked.result.then(({ text }) => text).catch((error: Error) => error.message);
    expect(told).toContain("Blocked by policy");
  });
});
