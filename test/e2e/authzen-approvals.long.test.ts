import type { Approver } from "../../demo/agent/approver.ts";
import { type Answer, type AuthzenGateway, startAuthzenGateway } from "../support/authzen-gateway.ts";
import { problem, refund, requester, withApproval } from "../support/authzen-requester.ts";
import { eventually } from "../support/eventually.ts";

describe("an enforcement point that asks for approvals", () => {
  let gateway: AuthzenGateway;
  let approver: Approver;
  let pep: ReturnType<typeof requester>;

  beforeAll(async () => {
    gateway = await startAuthzenGateway({});
    approver = await gateway.approver();
    pep = requester(gateway, approver);
  });
  afterAll(() => gateway?.close());

  it("gets a denial that says how people can be asked", async () => {
    const { status, body } = await gateway.evaluate(refund(10));
    expect(status).toBe(200);
    expect(body.decision).toBe(false);
    expect(body.context).toMatchObject({
      reason: "approval_required",
      reasons: [expect.objectContaining({ code: "APPROVAL_REQUIRED" })],
      reason_user: { 403: expect.any(String) },
      reason_admin: { 403: expect.stringContaining("reversibility/approval") },
      access_request: {
        endpoint: `${gateway.agents}/access/v1/requests`,
        template: "reversibility/approval",
        display: { description: "Refund 10 EUR for order o-881" },
      },
    });
    expect(body.context).not.toHaveProperty("next_action");
    const { access_request: access, evaluated_at } = body.context;
    expect(Date.parse(access.expires_at) - Date.parse(evaluated_at)).toBeLessThanOrEqual(600_000);
    expect(Date.parse(access.expires_at) % 1_000).toBe(0);
  });

  it("gets no such thing with a denial that people cannot lift", async () => {
    const { body } = await gateway.evaluate(refund(501));
    expect(body).toMatchObject({ decision: false, context: { reason: "policy_denied" } });
    expect(body.context).not.toHaveProperty("access_request");
  });

  it("asks people once, finds their answer at the task, and is permitted exactly once", async () => {
    const question = refund(20);
    const { status, headers, body } = await pep.requested(question);
    expect(status).toBe(202);
    const { task } = body;
    expect(headers.get("location")).toBe(task.status_endpoint);
    expect(task).toMatchObject({
      status: "pending",
      status_endpoint: `${gateway.agents}/access/v1/requests/${task.id}`,
      links: { cancel: `${gateway.agents}/access/v1/requests/${task.id}/cancel` },
    });

    const pending = await gateway.ask(task.status_endpoint);
    expect(pending.body).toEqual({ task });
    expect(Number(pending.headers.get("retry-after"))).toBeGreaterThan(0);

    const card = (await approver.show(task.id)) as unknown as { approval: { binding: Record<string, unknown> } };
    expect(card.approval.binding).toMatchObject({
      route: "authzen",
      protocol: "authzen",
      tool: "payments/create_refund",
      arguments: question,
      beside: { enforcement_point: { id: "envoy" } },
    });
    await approver.approve(task.id);

    const done = await gateway.ask(task.status_endpoint);
    expect(done.body).toMatchObject({ task: { id: task.id, status: "approved" }, result: { mode: "reevaluate" } });
    expect(done.headers.get("retry-after")).toBeNull();
    const { approval } = done.body.result;

    const first = await gateway.evaluate(withApproval(question, approval));
    expect(first.body).toMatchObject({
      decision: true,
      context: { approval: { id: approval.id, approved_until: expect.any(String) } },
    });
    const second = await gateway.evaluate(withApproval(question, approval));
    expect(second.body).toMatchObject({
      decision: false,
      context: { reason: "approval_expired", next_action: "request", access_request: expect.any(Object) },
    });
    await eventually("the item has its ending", async () =>
      (await approver.show(task.id)).state === "delivered" ? true : null,
    );
  });

  it("records every question and answer like any other decision", async () => {
    const { body } = await gateway.evaluate(refund(25));
    const id = body.context.evaluation_id;
    const found = (await eventually("the log has the outcome", async () => {
      const one = (await approver.get(`/api/decisions/${id}`)) as { outcome: unknown };
      return one.outcome === null ? null : one;
    })) as { decision: unknown; outcome: unknown };
    expect(found.decision).toMatchObject({
      decision_id: id,
      route: "authzen",
      protocol: "authzen",
      request_path: "/access/v1/evaluation",
      action: "tools/call",
      tool: "payments/create_refund",
      subject: "refund-bot",
      result: { effect: "hold" },
      input: { context: { pep: { id: "envoy" } } },
    });
    expect(found.outcome).toMatchObject({ outcome: "answered", status: 200, upstream_status: null });
  });

  it("gives the same task for the same Idempotency-Key and body, and refuses another body", async () => {
    const [question, other] = [refund(30), refund(31)];
    const json = { ...question, denial: await pep.denialOf(question) };
    const key = { "idempotency-key": "7b8d0f0d-65a1-4af1-9fd3-a684f08a5d13" };
    const [first, again] = [
      await pep.request(json, key),
      await pep.request(Object.fromEntries(Object.entries(json).reverse()), key),
    ];
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(first.body);
    const another = await pep.request({ ...other, denial: await pep.denialOf(other) }, key);
    expect(another).toMatchObject({ status: 409, body: { type: problem("duplicate_request"), status: 409 } });
    expect(another.headers.get("content-type")).toBe("application/problem+json");
    // The key is one caller's own.
    const elsewhere = await gateway.evaluate(other, { token: gateway.pep("kong") });
    const denial = { ...elsewhere.body.context.access_request, evaluation_id: elsewhere.body.context.evaluation_id };
    expect((await pep.request({ ...other, denial }, key, gateway.pep("kong"))).status).toBe(202);
  });

  it("gives the same task for one denial, also when eight ask at once and after people have said no", async () => {
    const question = refund(40);
    const json = { ...question, denial: await pep.denialOf(question) };
    const all = await Promise.all(Array.from({ length: 8 }, () => pep.request(json)));
    const ids = new Set(all.map(({ body }) => body.task.id));
    expect(ids.size).toBe(1);
    const [id] = ids;
    await approver.deny(id, "not this one");
    expect(await pep.request(json)).toMatchObject({ status: 201, body: { task: { id, status: "denied" } } });
    // The refusal stands for the question too, and people are not asked again.
    const asked = await gateway.evaluate(question);
    expect(asked.body.context).toMatchObject({ reason: "policy_denied", reasons: [{ code: "APPROVAL_DENIED" }] });
    expect(asked.body.context.reasons[0].message).toContain("not this one");
  });

  it("finds an approval that was lost on the way without asking people again", async () => {
    const question = refund(45);
    await pep.approved(question);
    const again = await pep.requested(question);
    expect(again).toMatchObject({
      status: 201,
      body: { task: { status: "approved" }, result: { mode: "reevaluate" } },
    });
    const { body } = await gateway.evaluate(withApproval(question, again.body.result.approval));
    expect(body.decision).toBe(true);
  });

  it("permits once when eight present one approval at once, in several requests and in one batch", async () => {
    const [question, boxed] = [refund(50), refund(51)];
    const whole = withApproval(question, await pep.approved(question));
    const each = await Promise.all(Array.from({ length: 8 }, () => gateway.evaluate(whole)));
    expect(each.filter(({ body }) => body.decision)).toHaveLength(1);
    const box = withApproval(boxed, await pep.approved(boxed));
    const { body } = await gateway.ask("/access/v1/evaluations", { json: { evaluations: [box, box, box] } });
    expect(body.evaluations.filter(({ decision }: { decision: boolean }) => decision)).toHaveLength(1);
  });

  it("withdraws a question that is open, and refuses to withdraw one that is decided", async () => {
    const { task } = (await pep.requested(refund(60))).body;
    const json = { reason: "abandoned", comment: "the agent gave up" };
    const first = await gateway.ask(task.links.cancel, { json });
    expect(first).toMatchObject({ status: 200, body: { task: { id: task.id, status: "cancelled" } } });
    const again = await gateway.ask(task.links.cancel, { method: "DELETE" });
    expect(again).toMatchObject({ status: 409, body: { type: problem("invalid_task_state") } });
  });

  it("shows a task to the enforcement point that made it and to nobody else", async () => {
    const { task } = (await pep.requested(refund(70))).body;
    const stranger = { token: gateway.pep("kong") };
    const unknown = { status: 404, body: { type: problem("unknown_task"), status: 404 } };
    expect(await gateway.ask(task.status_endpoint, stranger)).toMatchObject(unknown);
    expect(await gateway.ask(task.links.cancel, { ...stranger, method: "POST" })).toMatchObject(unknown);
    expect(await gateway.ask("/access/v1/requests/a_nobodys")).toMatchObject(unknown);
    expect((await gateway.ask(task.status_endpoint, { token: null })).status).toBe(401);
  });

  it("answers a batch of every kind of outcome, each by its own", async () => {
    const order = { type: "tool", id: "payments/get_order" };
    const { status, body } = await gateway.ask("/access/v1/evaluations", {
      json: {
        ...refund(99),
        evaluations: [
          { resource: order, context: { arguments: { order_id: "o-881" } } },
          {},
          { resource: { type: "tool", id: "payments/unknown" } },
          { resource: { type: "tool" } },
          "no object",
          { subject: { type: "agent", id: "stranger" }, resource: order },
        ],
      },
    });
    expect(status).toBe(200);
    const seen = body.evaluations.map(({ decision, context }: Answer["body"]) => [decision, context.reason ?? null]);
    expect(seen).toEqual([
      [true, null],
      [false, "approval_required"],
      [false, "policy_denied"],
      [false, "authzen_request_invalid"],
      [false, "authzen_request_invalid"],
      [false, "policy_denied"],
    ]);
  });
});
