import type { Approver } from "../../demo/agent/approver.ts";
import { type AuthzenGateway, startAuthzenGateway } from "../support/authzen-gateway.ts";
import {
  type Denial,
  problem,
  refund,
  requester,
  tampered,
  unsigned,
  withApproval,
} from "../support/authzen-requester.ts";

describe("an access request that does not belong to a denial", () => {
  let gateway: AuthzenGateway;
  let approver: Approver;
  let pep: ReturnType<typeof requester>;

  beforeAll(async () => {
    gateway = await startAuthzenGateway({});
    approver = await gateway.approver();
    pep = requester(gateway, approver);
  });
  afterAll(() => gateway?.close());

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
    const denial = change(await pep.denialOf(question));
    expect(await pep.request({ ...question, ...(denial === undefined ? {} : { denial }) })).toMatchObject(invalid);
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
    const denial = await pep.denialOf(refund(81));
    expect(await pep.request({ ...refund(81, changes), denial })).toMatchObject(invalid);
  });

  it("refuses the denial of another enforcement point", async () => {
    const question = refund(82);
    const json = { ...question, denial: await pep.denialOf(question) };
    expect(await pep.request(json, {}, gateway.pep("kong"))).toMatchObject(invalid);
  });

  it("takes words of its own beside the context, and shows them to people", async () => {
    const question = refund(83);
    const denial = await pep.denialOf(question);
    const context = { ...question.context, business_justification: "the parcel was crushed" };
    const { status, body } = await pep.request({ ...question, context, denial });
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
    const { status, body } = await pep.request({ ...json, denial: await pep.denialOf(named) });
    expect(status).toBe(202);
    await approver.approve(body.task.id);
    const { approval } = (await gateway.ask(body.task.status_endpoint)).body.result;
    const dropped = await pep.request({ ...refund(84), denial: await pep.denialOf(named) });
    expect(dropped).toMatchObject(invalid);
    const other = { ...act, sub: "assistant-4" };
    const swapped = refund(84, {
      subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"], act: other } },
    });
    expect((await gateway.evaluate(withApproval(swapped, approval))).body.decision).toBe(false);
    expect((await gateway.evaluate(withApproval(named, approval))).body.decision).toBe(true);
  });
});
