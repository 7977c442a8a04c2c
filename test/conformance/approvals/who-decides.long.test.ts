/** Failures seen elsewhere: approvers taken from a request, people who approve for themselves or twice, buttons that do nothing. */
import { randomUUID } from "node:crypto";
import { heldId } from "../../verify/approvals/world/caller.ts";
import { type House, openHouse } from "../../verify/approvals/world/house.ts";
import type { Person } from "../../verify/approvals/world/person.ts";

const roles = ["payments-approver"];
const users = [
  { name: "approver", roles },
  { name: "second", roles },
  { name: "stranger", roles: ["data-approver"] },
  // The same name as the agent's, a person behind it, who answers for it, and a second account of the first approver.
  { name: "refund-bot", roles },
  { name: "pat", roles, also: ["pat@shop.example"] },
  { name: "olga", roles },
  { name: "approver-2", roles, also: ["approver"] },
];

let house: House;
const people = new Map<string, Person>();

beforeAll(async () => {
  house = await openHouse({ users });
  for (const { name } of users) people.set(name, await house.gateways[0]!.person(name));
}, 120_000);
afterAll(() => house?.close());

const path = "/payments/v1/transfers";
const who = (name: string): Person => people.get(name)!;

async function send(
  item: string,
  more: { claims?: object; json?: object; headers?: Record<string, string>; path?: string } = {},
) {
  const token = await house.issuer.token({ sub: "refund-bot", ...more.claims });
  return house.gateways[0]!.caller.call({ path, token, ...more, json: { item, ...more.json } });
}

async function held(more: Parameters<typeof send>[1] = {}): Promise<{ item: string; id: string; digest: string }> {
  const item = randomUUID();
  const id = heldId(await send(item, more)) ?? "";
  return { item, id, digest: String((await who("approver").get(`/api/approvals/${id}`)).body["action_digest"]) };
}

async function stateOf(id: string): Promise<unknown> {
  return (await who("approver").get(`/api/approvals/${id}`)).body["state"];
}

describe("approver taken from the body, forged quorum", () => {
  test.each([
    ["an approver", { approver: "second" }],
    ["a user", { user: "second" }],
    ["roles", { roles }],
    ["votes", { votes: [{ approver: "second", vote: "approve" }] }],
    ["a state", { state: "approved" }],
    ["a method", { method: "passkey" }],
  ])("a ballot that brings %s along is refused whole", async (_what, forged) => {
    const { id, digest } = await held();
    const ballot = { vote: "approve", reason: null, action_digest: digest, ...forged };
    expect((await who("approver").post(`/api/approvals/${id}/vote`, ballot)).status).toBe(400);
    expect(await stateOf(id)).toBe("held");
  });

  test("headers and the address say nothing about who votes: the vote is the session's", async () => {
    const { id, digest } = await held();
    const ballot = { vote: "approve", reason: null, action_digest: digest };
    const headers = { "x-user": "second", "x-forwarded-user": "second", "sallyport-subject": "second" };
    const { body } = await who("approver").post(`/api/approvals/${id}/vote`, ballot, headers);
    expect((body["votes"] as { approver: string }[]).map(({ approver }) => approver)).toEqual(["approver"]);
    expect((await who("approver").post(`/api/approvals/${id}/vote?user=second`, ballot)).status).toBe(409);
  });

  test("nothing that an agent says is a vote", async () => {
    const { item, id, digest } = await held();
    const word = { approved: true, approval: { status: "approved", id }, approver: "second" };
    const headers = { "x-approved": "true", "sallyport-approval": id, "x-approval-digest": digest };
    expect((await send(item, { headers })).status).toBe(202);
    expect((await send(item, { json: word })).status).toBe(202);
    for (const address of [`/approvals/${id}/vote`, `/api/approvals/${id}/vote`, `/approvals/${id}`])
      expect(
        (await send(item, { path: address, json: { vote: "approve", action_digest: digest } })).status,
      ).toBeGreaterThan(399);
    expect([await stateOf(id), house.upstream.count(item)]).toEqual(["held", 0]);
  });

  test("a digest of another card, a session without its token and a foreign page decide nothing", async () => {
    const [one, other] = [await held(), await held()];
    const ballot = { vote: "approve", reason: null, action_digest: other.digest };
    expect((await who("approver").post(`/api/approvals/${one.id}/vote`, ballot)).status).toBe(409);
    const own = { ...ballot, action_digest: one.digest };
    const address = `/api/approvals/${one.id}/vote`;
    for (const headers of [
      { "x-csrf-token": "forged" },
      { origin: "https://evil.example" },
      { "sec-fetch-site": "cross-site" },
    ])
      expect((await who("approver").post(address, own, headers)).status).toBe(403);
    await who("approver").get(`${address}?vote=approve&action_digest=${one.digest}`);
    expect(await stateOf(one.id)).toBe("held");
  });
});

describe("self-approval, same person twice", () => {
  const forPat = { claims: { sub: "pat@shop.example", act: { sub: "refund-bot" } } };

  test.each([
    ["an account with the agent's name", "refund-bot", {}],
    ["the person it acts for, under another name", "pat", forPat],
    ["who answers for the agent", "olga", { claims: { owner: "olga" } }],
    ["the agent's account, for a call from another session", "refund-bot", { claims: { sid: randomUUID() } }],
  ])("%s does not decide", async (_what, name, more) => {
    const { item, id } = await held(more);
    expect(await who(name).vote(id)).toMatchObject({ status: 403, body: { code: "approval_self" } });
    expect((await who(name).get(`/api/approvals/${id}`)).body).toMatchObject({ may_vote: false });
    expect((await send(item, more)).status).toBe(202);
    expect(house.upstream.count(item)).toBe(0);
  });

  test("one person is one vote, also with a second account or a second session", async () => {
    const { item, id } = await held({ path: "/payments/v1/refunds" });
    expect((await who("approver").vote(id)).body).toMatchObject({ state: "held" });
    const again = await house.gateways[0]!.person("approver");
    for (const same of [who("approver"), again, who("approver-2")])
      expect(await same.vote(id)).toMatchObject({ status: 409, body: { code: "approval_voted" } });
    expect(await who("stranger").vote(id)).toMatchObject({ status: 403, body: { code: "approval_role" } });
    expect((await send(item, { path: "/payments/v1/refunds" })).status).toBe(202);
    expect((await who("second").vote(id)).body).toMatchObject({ state: "approved" });
    expect((await send(item, { path: "/payments/v1/refunds" })).status).toBe(200);
    expect(house.upstream.count(item)).toBe(1);
  });

  test("a role that is taken away between two votes takes its vote with it", async () => {
    const { id } = await held({ path: "/payments/v1/refunds" });
    await who("second").vote(id);
    const [gateway] = house.gateways;
    await gateway!.kill("SIGTERM");
    await gateway!.caller.reconnect();
    await gateway!.startAgain(
      {},
      users.map((user) => (user.name === "second" ? { ...user, roles: ["other"] } : user)),
    );
    for (const { name } of users) people.set(name, await gateway!.person(name));
    expect((await who("approver").vote(id)).body).toMatchObject({ state: "held" });
    expect((await who("pat").vote(id)).body).toMatchObject({ state: "approved" });
  });
});

test("approve buttons that do nothing: what a card offers is done, and what it refuses says why", async () => {
  const cards = [await held(), await held({ path: "/payments/v1/refunds" }), await held({ claims: { owner: "olga" } })];
  let offered = 0;
  for (const { id } of cards) {
    for (const person of people.values()) {
      const card = (await person.get(`/api/approvals/${id}`)).body;
      const { status, body } = await person.vote(id);
      expect([person.name, card["may_vote"]]).toEqual([person.name, status === 200]);
      if (status === 200) {
        offered++;
        expect((body["votes"] as { approver: string }[]).at(-1)?.approver).toBe(person.name);
        expect((await person.get(`/api/approvals/${id}`)).body).toMatchObject({
          state: body["state"],
          may_vote: false,
        });
      } else {
        expect(card["why_not"]).toEqual(expect.stringMatching(/\w/));
        expect([body["title"], `${String(body["title"])} (${String(body["detail"])})`]).toContain(card["why_not"]);
      }
    }
  }
  expect(offered).toBe(4);
});
