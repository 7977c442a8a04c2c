import type { Approver } from "../../demo/agent/approver.ts";
import { type AuthzenGateway, startAuthzenGateway } from "../support/authzen-gateway.ts";
import { problem, refund, requester, tampered, unsigned, withApproval } from "../support/authzen-requester.ts";
import { eventually } from "../support/eventually.ts";

describe("an approval that does not count", () => {
  let gateway: AuthzenGateway;
  let approver: Approver;
  let pep: ReturnType<typeof requester>;

  beforeAll(async () => {
    gateway = await startAuthzenGateway({ policy: () => Promise.resolve() });
    approver = await gateway.approver();
    pep = requester(gateway, approver);
  });
  afterAll(() => gateway?.close());

  it("says out_of_scope for another question, and how to ask for that one", async () => {
    const approval = await pep.approved(refund(90));
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
    const { task } = (await pep.requested(question)).body;
    const { body } = await gateway.evaluate(withApproval(question, { id: task.id }));
    expect(body.context).toMatchObject({ reason: "grant_pending", next_action: "retry", retry_after: 5 });
    expect(body.context).not.toHaveProperty("access_request");
  });

  it("says approval_unverifiable for what was forged, swapped, cut or is somebody else's", async () => {
    const question = refund(93);
    const approval = await pep.approved(question);
    const other = await pep.approved(refund(94));
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
    const denial = await pep.denialOf(question);
    const approval = await pep.approved(question);
    const swapped = await gateway.evaluate(withApproval(question, { ...approval, state: denial.binding_token }));
    expect(swapped.body.context.reason).toBe("approval_unverifiable");
    const back = await pep.request({ ...question, denial: { ...denial, binding_token: approval.state } });
    expect(back.body.type).toBe(problem("invalid_denial_binding"));
  });

  it("says policy_denied, and asks nobody, when policy has become stricter since people approved", async () => {
    const question = refund(190);
    const denial = await pep.denialOf(question);
    const approval = await pep.approved(question);
    await gateway.policy?.addData("limits", { payments: { create_refund: { amount: { max: 150 } } } });
    await eventually("the lower ceiling denies", async () =>
      (await gateway.evaluate(refund(189))).body.context.reason === "policy_denied" ? true : null,
    );
    const { body } = await gateway.evaluate(withApproval(question, approval));
    expect(body).toMatchObject({ decision: false, context: { reason: "policy_denied", next_action: "none" } });
    expect(body.context).not.toHaveProperty("access_request");
    const late = await pep.request({ ...refund(190), denial });
    expect(late).toMatchObject({ status: 400, body: { type: problem("not_requestable"), status: 400 } });
    await gateway.policy?.addData("limits", { payments: { create_refund: { amount: { max: 500 } } } });
    await eventually("the old ceiling is back", async () =>
      (await gateway.evaluate(refund(189))).body.context.reason === "approval_required" ? true : null,
    );
    expect((await gateway.evaluate(withApproval(question, approval))).body.decision).toBe(true);
  });

  it("says approval_expired when policy asks for more people by now, and asks them anew", async () => {
    const question = refund(195);
    const approval = await pep.approved(question);
    await gateway.policy?.addData("two_people", { payments: { create_refund: { up_to: 180 } } });
    await eventually("two people are asked for", async () => {
      const { reasons } = (await gateway.evaluate(refund(196))).body.context;
      return JSON.stringify(reasons).includes("TWO_PEOPLE_REQUIRED") ? true : null;
    });
    const { body } = await gateway.evaluate(withApproval(question, approval));
    expect(body.context).toMatchObject({ reason: "approval_expired", next_action: "request" });
    const denial = { ...body.context.access_request, evaluation_id: body.context.evaluation_id };
    const { task } = (await pep.request({ ...question, denial })).body;
    expect(task.status).toBe("pending");
    expect(task.id).not.toBe(approval.id);
    const card = (await approver.show(task.id)) as unknown as { approval: { replaces: unknown } };
    expect(card.approval.replaces).toMatchObject({ id: approval.id, changes: [{ what: "policy" }] });
    await gateway.policy?.addData("two_people", { payments: { create_refund: { up_to: 250 } } });
  });
});
