/**
 * Who must not decide, and what must not come of a decision: people who spell their own name differently, calls that come
 * back as something else than was shown, and policies that have become stricter in something else than numbers.
 */
import { randomUUID } from "node:crypto";
import { eventually } from "../../support/eventually.ts";
import { sendRaw, statusesOf } from "../../support/raw-client.ts";
import { heldId } from "../../verify/approvals/world/caller.ts";
import { type House, openHouse } from "../../verify/approvals/world/house.ts";
import type { Person } from "../../verify/approvals/world/person.ts";

const roles = ["payments-approver", "operator"];
const users = [
  { name: "approver", roles },
  { name: "ada", roles, also: ["Ada.Lovelace@Shop.example"] },
  { name: "zoe", roles, also: ["zo\u00eb@shop.example"] },
  { name: "ada2", roles, also: ["ADA.lovelace@shop.EXAMPLE"] },
];

let house: House;
const people = new Map<string, Person>();
const path = "/payments/v1/transfers";

beforeAll(async () => {
  house = await openHouse({ users, policy: "folder" });
  for (const { name } of users) people.set(name, await house.gateways[0]!.person(name));
}, 120_000);
afterAll(() => house?.close());

const who = (name: string): Person => people.get(name)!;

async function send(item: string, claims: object = {}, headers: Record<string, string> = {}, to = path) {
  const token = await house.issuer.token({ sub: "refund-bot", ...claims });
  return house.gateways[0]!.caller.call({ path: to, token, json: { item }, headers });
}

describe("a person under another spelling of their name", () => {
  test.each([
    ["in capitals of an e-mail address", "ada", "ada.lovelace@shop.example"],
    ["as letters and marks instead of whole letters", "zoe", "zoe\u0308@shop.example"],
    ["in full-width letters", "ada", "\uff21\uff24\uff21.lovelace@shop.example"],
  ])("%s does not approve a call made in their name", async (_how, name, spelled) => {
    const item = randomUUID();
    const claims = { sub: spelled, act: { sub: "refund-bot" } };
    const id = heldId(await send(item, claims)) ?? "";
    expect(await who(name).vote(id)).toMatchObject({ status: 403, body: { code: "approval_self" } });
    expect(house.upstream.count(item)).toBe(0);
  });

  test("is not a second voter", async () => {
    const item = randomUUID();
    const id = heldId(await send(item, {}, {}, "/payments/v1/refunds")) ?? "";
    expect((await who("ada").vote(id)).body).toMatchObject({ state: "held" });
    expect(await who("ada2").vote(id)).toMatchObject({ status: 409, body: { code: "approval_voted" } });
  });
});

describe("an approved call that comes back as something else", () => {
  async function raw(item: string, lines: readonly string[]): Promise<string> {
    const token = await house.issuer.token({ sub: "refund-bot" });
    const body = JSON.stringify({ item });
    const { origin } = house.gateways[0]!.caller;
    const head = [
      `POST ${path} HTTP/1.1`,
      `host: ${new URL(origin).host}`,
      `authorization: Bearer ${token}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      ...lines,
      "connection: close",
    ];
    return sendRaw(origin, `${head.join("\r\n")}\r\n\r\n${body}`);
  }

  test.each([
    ["with its repeated header the other way round", ["x-mode: dry", "x-mode: real"], ["x-mode: real", "x-mode: dry"]],
    ["without the preference that made it a dry run", ["prefer: tx=rollback"], []],
    ["with another preference than the one shown", ["prefer: tx=rollback, wait=0"], ["prefer: tx=commit, wait=0"]],
  ])("%s is not executed", async (_how, shown, sent) => {
    const item = randomUUID();
    expect(statusesOf(await raw(item, shown))).toEqual([202]);
    const id = await eventually("it is held", async () => {
      const open = await house.look((store) => store.list({ states: ["held"], limit: 1_000 }));
      return open.find(({ binding }) => binding.arguments?.["item"] === item)?.id ?? null;
    });
    expect((await who("approver").vote(id)).body).toMatchObject({ state: "approved" });
    expect(statusesOf(await raw(item, sent))).toEqual([202]);
    expect(house.upstream.count(item)).toBe(0);
    expect(statusesOf(await raw(item, shown))).toEqual([200]);
    expect(house.upstream.count(item)).toBe(1);
  });
});

describe("an approval that was given before policy became stricter in", () => {
  const file = "sallyport/questions/data.yaml";
  const revision = async () =>
    ((await who("approver").get("/api/policy")).body as { active: { revision: string } }).active.revision;

  async function policy(text: string): Promise<void> {
    const before = await revision();
    await house.policy.write(file, text);
    await eventually("the edit is active", async () => ((await revision()) === before ? null : true), 60_000);
  }

  test.each([
    ["the role it wants", { require: [{ role: "payments-director", count: 1 }] }],
    ["the team it wants nobody of", { require: [{ role: "payments-approver", count: 1, outside_team: "shop" }] }],
    ["the proof it wants of whoever votes", { proof: "passkey" }],
    ["the justification it wants", { justification: true }],
  ])("%s executes nothing", async (_what, change) => {
    const item = randomUUID();
    const id = heldId(await send(item)) ?? "";
    expect((await who("approver").vote(id)).body).toMatchObject({ state: "approved" });
    const before = await house.policy.read(file);
    const all = JSON.parse(before) as { payments: { transfer: object } };
    const stricter = { ...all.payments.transfer, ...change };
    await policy(JSON.stringify({ payments: { ...all.payments, transfer: stricter } }));
    try {
      const again = await send(item);
      expect([again.status, house.upstream.count(item)]).toEqual([202, 0]);
    } finally {
      await policy(before);
    }
  });
});

describe("access that was ended under another spelling", () => {
  test.each([
    ["of the caller's name", (issuer: string) => ({ target: "REFUND-bot", issuer })],
    ["of the issuer, with a slash at the end", (issuer: string) => ({ target: "refund-bot", issuer: `${issuer}/` })],
  ])("%s is ended", async (_what, spelled) => {
    const wanted = { kind: "subject", reason: "stolen", ...spelled("https://idp.verify.example") };
    const { status, body } = await who("approver").post("/api/revocations", wanted);
    expect(status).toBe(201);
    try {
      expect((await send(randomUUID())).status).toBe(403);
    } finally {
      await who("approver").post(`/api/revocations/${String(body["id"])}/lift`, {});
    }
  });
});
