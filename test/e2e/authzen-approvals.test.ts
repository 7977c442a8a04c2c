import type { Approver } from "../../demo/agent/approver.ts";
import { type Answer, type AuthzenGateway, startAuthzenGateway } from "../support/authzen-gateway.ts";
import { eventually } from "../support/eventually.ts";

/** Another amount is another question. */
function refund(amount: number, changes: Record<string, unknown> = {}) {
  return {
    subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"] } },
    action: { name: "tools/call" },
    resource: { type: "tool", id: "payments/create_refund" },
    context: { arguments: { order_id: "o-881", amount, currency: "EUR", reason: "broken" } },
    ...changes,
  };
}

const problem = (name: string): string => `urn:openid:authzen:access-request:error:${name}`;

describe("an enforcement point that asks for approvals", () => {
  let gateway: AuthzenGateway;
  let approver: Approver;

  beforeAll(async () => {
    gateway = await startAuthzenGateway({ policy: () => Promise.resolve() });
    approver = await gateway.approver();
  }, 60_000);
  afterAll(() => gateway?.close());

  /** What the profile wants back of a denial. */
  async function denialOf(question: object) {
    const { body } = await gateway.evaluate(question);
    const { access_request: access, evaluation_id } = body.context;
    return { evaluation_id, expires_at: access.expires_at, binding_token: access.binding_token };
  }

  function request(json: object, headers: Record<string, string> = {}, token?: string): Promise<Answer> {
    return gateway.ask("/access/v1/requests", { json, headers, ...(token === undefined ? {} : { token }) });
  }

  async function requested(question: object): Promise<Answer> {
    return request({ ...question, denial: await denialOf(question) });
  }

  /** The approval of a question, as a person gave it. */
  async function approved(question: object): Promise<{ id: string; state: string; approved_until: string }> {
    const { task } = (await requested(question)).body;
    await approver.approve(task.id);
    return (await gateway.ask(task.status_endpoint)).body.result.approval;
  }

  const withApproval = (question: ReturnType<typeof refund>, approval: unknown) => ({
    ...question,
    context: { ...question.context, approval },
  });

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
    const { status, headers, body } = await requested(question);
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
    const json = { ...question, denial: await denialOf(question) };
    const key = { "idempotency-key": "7b8d0f0d-65a1-4af1-9fd3-a684f08a5d13" };
    const [first, again] = [
      await request(json, key),
      await request(Object.fromEntries(Object.entries(json).reverse()), key),
    ];
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(first.body);
    const another = await request({ ...other, denial: await denialOf(other) }, key);
    expect(another).toMatchObject({ status: 409, body: { type: problem("duplicate_request"), status: 409 } });
    expect(another.headers.get("content-type")).toBe("application/problem+json");
    // The key is one caller's own.
    const elsewhere = await gateway.evaluate(other, { token: gateway.pep("kong") });
    const denial = { ...elsewhere.body.context.access_request, evaluation_id: elsewhere.body.context.evaluation_id };
    expect((await request({ ...other, denial }, key, gateway.pep("kong"))).status).toBe(202);
  });

  it("gives the same task for one denial, also when eight ask at once and after people have said no", async () => {
    const question = refund(40);
    const json = { ...question, denial: await denialOf(question) };
    const all = await Promise.all(Array.from({ length: 8 }, () => request(json)));
    const ids = new Set(all.map(({ body }) => body.task.id));
    expect(ids.size).toBe(1);
    const [id] = ids;
    await approver.deny(id, "not this one");
    expect(await request(json)).toMatchObject({ status: 201, body: { task: { id, status: "denied" } } });
    // The refusal stands for the question too, and people are not asked again.
    const asked = await gateway.evaluate(question);
    expect(asked.body.context).toMatchObject({ reason: "policy_denied", reasons: [{ code: "APPROVAL_DENIED" }] });
    expect(asked.body.context.reasons[0].message).toContain("not this one");
  });

  it("finds an approval that was lost on the way without asking people again", async () => {
    const question = refund(45);
    await approved(question);
    const again = await requested(question);
    expect(again).toMatchObject({
      status: 201,
      body: { task: { status: "approved" }, result: { mode: "reevaluate" } },
    });
    const { body } = await gateway.evaluate(withApproval(question, again.body.result.approval));
    expect(body.decision).toBe(true);
  });

  it("permits once when eight present one approval at once, in several requests and in one batch", async () => {
    const [question, boxed] = [refund(50), refund(51)];
    const whole = withApproval(question, await approved(question));
    const each = await Promise.all(Array.from({ length: 8 }, () => gateway.evaluate(whole)));
    expect(each.filter(({ body }) => body.decision)).toHaveLength(1);
    const box = withApproval(boxed, await approved(boxed));
    const { body } = await gateway.ask("/access/v1/evaluations", { json: { evaluations: [box, box, box] } });
    expect(body.evaluations.filter(({ decision }: { decision: boolean }) => decision)).toHaveLength(1);
  });

  it("withdraws a question that is open, and refuses to withdraw one that is decided", async () => {
    const { task } = (await requested(refund(60))).body;
    const json = { reason: "abandoned", comment: "the agent gave up" };
    const first = await gateway.ask(task.links.cancel, { json });
    expect(first).toMatchObject({ status: 200, body: { task: { id: task.id, status: "cancelled" } } });
    const again = await gateway.ask(task.links.cancel, { method: "DELETE" });
    expect(again).toMatchObject({ status: 409, body: { type: problem("invalid_task_state") } });
  });

  it("shows a task to the enforcement point that made it and to nobody else", async () => {
    const { task } = (await requested(refund(70))).body;
    const stranger = { token: gateway.pep("kong") };
    const unknown = { status: 404, body: { type: problem("unknown_task"), status: 404 } };
    expect(await gateway.ask(task.status_endpoint, stranger)).toMatchObject(unknown);
    expect(await gateway.ask(task.links.cancel, { ...stranger, method: "POST" })).toMatchObject(unknown);
    expect(await gateway.ask("/access/v1/requests/a_nobodys")).toMatchObject(unknown);
    expect((await gateway.ask(task.status_endpoint, { token: null })).status).toBe(401);
  });

  describe("with a request that does not belong to a denial", () => {
    const invalid = { status: 400, body: { type: problem("invalid_denial_binding"), status: 400 } };

    it.each([
      ["no denial", () => undefined],
      ["no binding token", ({ binding_token: _gone, ...rest }: Denial) => rest],
      ["a token that was changed", (denial: Denial) => ({ ...denial, binding_token: tampered(denial.binding_token) })],
      ["a token signed by nobody", (denial: Denial) => ({ ...denial, binding_token: unsigned(denial.binding_token) })],
      ["a later expiry", (denial: Denial) => ({ ...denial, expires_at: "2099-01-01T00:00:00.000Z" })],
      ["another evaluation", (denial: Denial) => ({ ...denial, evaluation_id: "d_another" })],
    ])("refuses %s", async (_what, change) => {
      const question = refund(80);
      const denial = change(await denialOf(question));
      expect(await request({ ...question, ...(denial === undefined ? {} : { denial }) })).toMatchObject(invalid);
    });

    it.each([
      ["another subject", { subject: { type: "agent", id: "other-bot", properties: { roles: ["refunds"] } } }],
      [
        "a subject with more roles",
        { subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds", "admin"] } } },
      ],
      ["another resource", { resource: { type: "tool", id: "payments/rotate_keys" } }],
      ["another action", { action: { name: "tools/list" } }],
      ["a property more", { action: { name: "tools/call", properties: { force: true } } }],
      [
        "other arguments",
        { context: { arguments: { order_id: "o-881", amount: 499, currency: "EUR", reason: "broken" } } },
      ],
      ["no context", { context: undefined }],
      ["an actor nobody vouches for", { client: { actor: { id: "somebody-else" } } }],
    ])("refuses %s", async (_what, changes) => {
      const denial = await denialOf(refund(81));
      expect(await request({ ...refund(81, changes), denial })).toMatchObject(invalid);
    });

    it("refuses the denial of another enforcement point", async () => {
      const question = refund(82);
      const json = { ...question, denial: await denialOf(question) };
      expect(await request(json, {}, gateway.pep("kong"))).toMatchObject(invalid);
    });

    it("takes words of its own beside the context, and shows them to people", async () => {
      const question = refund(83);
      const denial = await denialOf(question);
      const context = { ...question.context, business_justification: "the parcel was crushed" };
      const { status, body } = await request({ ...question, context, denial });
      expect(status).toBe(202);
      const card = JSON.stringify(await approver.show(body.task.id));
      expect(card).toContain("the parcel was crushed");
    });

    it("takes the actor of the question as the profile lets it be sent", async () => {
      const act = { iss: "https://agents.example", sub: "assistant-3" };
      const named = refund(84, {
        subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"], act } },
      });
      const json = { ...refund(84), client: { actor: { id: "assistant-3", issuer: "https://agents.example" } } };
      const { status, body } = await request({ ...json, denial: await denialOf(named) });
      expect(status).toBe(202);
      await approver.approve(body.task.id);
      const { approval } = (await gateway.ask(body.task.status_endpoint)).body.result;
      const dropped = await request({ ...refund(84), denial: await denialOf(named) });
      expect(dropped).toMatchObject(invalid);
      const other = { ...act, sub: "assistant-4" };
      const swapped = refund(84, {
        subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"], act: other } },
      });
      expect((await gateway.evaluate(withApproval(swapped, approval))).body.decision).toBe(false);
      expect((await gateway.evaluate(withApproval(named, approval))).body.decision).toBe(true);
    });
  });

  describe("with an approval that does not count", () => {
    it("says out_of_scope for another question, and how to ask for that one", async () => {
      const approval = await approved(refund(90));
      for (const question of [
        refund(91),
        refund(90, { subject: { type: "agent", id: "b", properties: { roles: ["refunds"] } } }),
      ]) {
        const { body } = await gateway.evaluate(withApproval(question, approval));
        expect(body).toMatchObject({
          decision: false,
          context: { reason: "out_of_scope", next_action: "request", access_request: expect.any(Object) },
        });
      }
      expect((await gateway.evaluate(withApproval(refund(90), approval))).body.decision).toBe(true);
    });

    it("says grant_pending while people have not decided yet", async () => {
      const question = refund(92);
      const { task } = (await requested(question)).body;
      const { body } = await gateway.evaluate(withApproval(question, { id: task.id }));
      expect(body.context).toMatchObject({ reason: "grant_pending", next_action: "retry", retry_after: 5 });
      expect(body.context).not.toHaveProperty("access_request");
    });

    it("says approval_unverifiable for what was forged, swapped, cut or is somebody else's", async () => {
      const question = refund(93);
      const approval = await approved(question);
      const other = await approved(refund(94));
      const forged: unknown[] = [
        "approved",
        {},
        { status: "approved", id: "a_made_up", approvers: ["alice", "bob"] },
        { ...approval, id: "a_made_up" },
        { ...approval, state: tampered(approval.state) },
        { ...approval, state: unsigned(approval.state) },
        { ...approval, state: other.state },
        { ...approval, id: other.id },
        { id: approval.id },
      ];
      for (const presented of forged) {
        const { body } = await gateway.evaluate(withApproval(question, presented));
        expect(body).toMatchObject({
          decision: false,
          context: { reason: "approval_unverifiable", next_action: "none" },
        });
        expect(body.context).not.toHaveProperty("access_request");
      }
      const stolen = await gateway.evaluate(withApproval(question, approval), { token: gateway.pep("kong") });
      expect(stolen.body.context).toMatchObject({ reason: "approval_unverifiable", next_action: "none" });
      expect((await gateway.evaluate(withApproval(question, approval))).body.decision).toBe(true);
    });

    it("takes a binding token for no approval and an approval for no binding token", async () => {
      const question = refund(95);
      const denial = await denialOf(question);
      const approval = await approved(question);
      const swapped = await gateway.evaluate(withApproval(question, { ...approval, state: denial.binding_token }));
      expect(swapped.body.context.reason).toBe("approval_unverifiable");
      const back = await request({ ...question, denial: { ...denial, binding_token: approval.state } });
      expect(back.body.type).toBe(problem("invalid_denial_binding"));
    });

    it("says policy_denied, and asks nobody, when policy has become stricter since people approved", async () => {
      const question = refund(190);
      const denial = await denialOf(question);
      const approval = await approved(question);
      await gateway.policy?.addData("limits", { payments: { create_refund: { amount: { max: 150 } } } });
      await eventually("the lower ceiling denies", async () =>
        (await gateway.evaluate(refund(189))).body.context.reason === "policy_denied" ? true : null,
      );
      const { body } = await gateway.evaluate(withApproval(question, approval));
      expect(body).toMatchObject({ decision: false, context: { reason: "policy_denied", next_action: "none" } });
      expect(body.context).not.toHaveProperty("access_request");
      const late = await request({ ...refund(190), denial });
      expect(late).toMatchObject({ status: 400, body: { type: problem("not_requestable"), status: 400 } });
      await gateway.policy?.addData("limits", { payments: { create_refund: { amount: { max: 500 } } } });
      await eventually("the old ceiling is back", async () =>
        (await gateway.evaluate(refund(189))).body.context.reason === "approval_required" ? true : null,
      );
      expect((await gateway.evaluate(withApproval(question, approval))).body.decision).toBe(true);
    });

    it("says approval_expired when policy asks for more people by now, and asks them anew", async () => {
      const question = refund(195);
      const approval = await approved(question);
      await gateway.policy?.addData("two_people", { payments: { create_refund: { up_to: 180 } } });
      await eventually("two people are asked for", async () => {
        const { reasons } = (await gateway.evaluate(refund(196))).body.context;
        return JSON.stringify(reasons).includes("TWO_PEOPLE_REQUIRED") ? true : null;
      });
      const { body } = await gateway.evaluate(withApproval(question, approval));
      expect(body.context).toMatchObject({ reason: "approval_expired", next_action: "request" });
      const denial = { ...body.context.access_request, evaluation_id: body.context.evaluation_id };
      const { task } = (await request({ ...question, denial })).body;
      expect(task.status).toBe("pending");
      expect(task.id).not.toBe(approval.id);
      const card = (await approver.show(task.id)) as unknown as { approval: { replaces: unknown } };
      expect(card.approval.replaces).toMatchObject({ id: approval.id, changes: [{ what: "policy" }] });
      await gateway.policy?.addData("two_people", { payments: { create_refund: { up_to: 250 } } });
    });
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

interface Denial {
  readonly binding_token: string;
  readonly expires_at: string;
  readonly evaluation_id: string;
}

/** Says something else under the same signature. */
function tampered(jws: string): string {
  const [header, payload = "", signature] = jws.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, exp: 4_000_000_000 })).toString("base64url");
  return [header, changed, signature].join(".");
}

function unsigned(jws: string): string {
  const [header = "", payload] = jws.split(".");
  const said = JSON.parse(Buffer.from(header, "base64url").toString()) as object;
  return [Buffer.from(JSON.stringify({ ...said, alg: "none" })).toString("base64url"), payload, ""].join(".");
}
