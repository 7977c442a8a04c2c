import type { ActivePolicy } from "../../../gateway/domain/ports.ts";
import { approver } from "../../support/approvals/test-approvals.ts";
import { authzenRoom, libraryPolicy } from "../../support/authzen-room.ts";

const question = {
  subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"] } },
  action: { name: "tools/call" },
  resource: { type: "tool", id: "payments/create_refund" },
  context: { arguments: { order_id: "o-881", amount: 20, currency: "EUR", reason: "broken" } },
};

const saying = (properties: object) => ({
  ...question,
  subject: { ...question.subject, properties: { roles: ["refunds"], ...properties } },
});

let policy: ActivePolicy;
beforeAll(async () => {
  policy = await libraryPolicy();
});

const nested = (levels: number): object => (levels === 0 ? { sub: "a" } : { sub: "a", act: nested(levels - 1) });

const misshapen: [string, string, object][] = [
  ["a text for acting_for", "/subject/properties/acting_for", { acting_for: approver.id }],
  ["an acting_for named by sub", "/subject/properties/acting_for/id", { acting_for: { sub: approver.id } }],
  ["a list for acting_for", "/subject/properties/acting_for", { acting_for: [{ id: approver.id }] }],
  ["an empty name in acting_for", "/subject/properties/acting_for/id", { acting_for: { id: "" } }],
  [
    "claims of acting_for that are no object",
    "/subject/properties/acting_for/claims",
    { acting_for: { id: "x", claims: "y" } },
  ],
  ["an object for owner", "/subject/properties/owner", { owner: { id: approver.id } }],
  ["a list for owner", "/subject/properties/owner", { owner: [approver.id] }],
  ["a number for issuer", "/subject/properties/issuer", { issuer: 7 }],
  ["a list for client_id", "/subject/properties/client_id", { client_id: ["app"] }],
  ["a text for act", "/subject/properties/act", { act: approver.id }],
  ["a list for act", "/subject/properties/act", { act: [{ sub: approver.id }] }],
  ["an act named by id", "/subject/properties/act/sub", { act: { id: approver.id } }],
  ["an inner act that is a text", "/subject/properties/act/act", { act: { sub: "a", act: approver.id } }],
  ["an issuer of act that is no text", "/subject/properties/act/iss", { act: { sub: "a", iss: 1 } }],
  ["more actors than are read", "/subject/properties/act", { act: nested(8) }],
  ["a text for actor_chain", "/subject/properties/actor_chain", { actor_chain: approver.id }],
  ["objects in actor_chain", "/subject/properties/actor_chain/0", { actor_chain: [{ sub: approver.id }] }],
  ["a name with a character that nobody sees", "/subject/properties/owner", { owner: `${approver.id}\uFE0F` }],
  ["a name with a control character", "/subject/properties/owner", { owner: `${approver.id}\u0000` }],
];

test.each(misshapen)("refuses %s, and says where", async (_what, pointer, properties) => {
  const { ask } = authzenRoom(policy);
  const refused = { status: 400, code: "authzen_request_invalid", hint: expect.stringContaining(`${pointer} `) };
  expect(await ask("/access/v1/evaluation", saying(properties))).toMatchObject(refused);
  const { body } = await ask("/access/v1/evaluations", { ...question, evaluations: [{}, saying(properties)] });
  expect(body.evaluations[1]).toMatchObject({ decision: false, context: { reason: "authzen_request_invalid" } });
  expect(await ask("/access/v1/evaluations", { ...saying(properties), evaluations: [{}] })).toMatchObject(refused);
  const denial = (await ask("/access/v1/evaluation", question)).body.context.access_request;
  expect(await ask("/access/v1/requests", { ...saying(properties), denial })).toMatchObject(refused);
});

test.each([
  ["whom the agent acts for", { acting_for: { id: approver.id } }],
  ["the actor", { act: { sub: approver.id } }],
  ["an actor before it", { act: { sub: "assistant", act: { sub: approver.id } } }],
  ["somebody of the actor chain", { actor_chain: ["assistant", approver.id] }],
  ["the agent's owner", { owner: approver.id }],
])("lets %s approve nothing", async (_who, properties) => {
  const { ask, approvals } = authzenRoom(policy);
  const asked = saying(properties);
  const denial = (await ask("/access/v1/evaluation", asked)).body.context.access_request;
  const { task } = (await ask("/access/v1/requests", { ...asked, denial })).body;
  const item = await approvals.service.get(task.id);
  await expect(
    approvals.service.vote(task.id, item?.action_digest ?? "", approver, { vote: "approve", reason: null }),
  ).rejects.toThrow("Nobody can approve a call that was made for themselves");
});

test("takes null for nobody", async () => {
  const { ask } = authzenRoom(policy);
  const read = {
    ...saying({ acting_for: null, owner: null, client_id: null }),
    resource: { type: "tool", id: "payments/get_order" },
  };
  expect((await ask("/access/v1/evaluation", read)).body).toMatchObject({ decision: true });
});

test.each([
  ["no object", "assistant"],
  ["no name", { issuer: "https://agents.example" }],
  ["an issuer that is no text", { id: "assistant", issuer: 7 }],
  ["an empty name", { id: "" }],
  ["an inner actor that is a text", { id: "assistant", act: approver.id }],
])("refuses a client.actor with %s", async (_what, actor) => {
  const { ask } = authzenRoom(policy);
  const denial = (await ask("/access/v1/evaluation", question)).body.context.access_request;
  expect(await ask("/access/v1/requests", { ...question, client: { actor }, denial })).toMatchObject({
    status: 400,
    code: "authzen_request_invalid",
  });
});
