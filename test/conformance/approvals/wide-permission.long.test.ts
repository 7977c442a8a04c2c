/** Failure seen elsewhere: "always allow" remembered too widely. A permission covers what people gave it for, and counts. */
import { randomUUID } from "node:crypto";
import { eventually } from "../../support/eventually.ts";
import { type Answer, heldId } from "../../verify/approvals/world/caller.ts";
import { made, type Written } from "../../verify/approvals/fields/variants.ts";
import { type House, openHouse } from "../../verify/approvals/world/house.ts";
import type { Person } from "../../verify/approvals/world/person.ts";
import { widest } from "../../verify/approvals/world/policy.ts";

const path = "/payments/v1/subscriptions";
const usual: Written = { path, json: { amount: 10 } };

let house: House;
let person: Person;

beforeAll(async () => {
  house = await openHouse();
  person = await house.gateways[0]!.person();
}, 120_000);
afterAll(() => house?.close());

async function send(item: string, written: Written = usual): Promise<Answer> {
  return house.gateways[0]!.caller.call(await made(house, item, written));
}

/** Returns the id of the grant. */
async function granted(item: string, scope: object, written: Written = usual): Promise<string> {
  const id = heldId(await send(item, written)) ?? "";
  expect((await person.vote(id, { grant: { ...widest, ...scope } })).body).toMatchObject({ state: "approved" });
  const { items } = (await person.get("/api/grants?limit=500")).body as {
    items: { id: string; approval_id: string }[];
  };
  return items.find((grant) => grant.approval_id === id)?.id ?? "";
}

describe('"always allow" remembered too widely', () => {
  test.each<[string, Written]>([
    ["another argument", { path, json: { amount: 11 } }],
    ["an argument more", { path, json: { amount: 10, to: "x" } }],
    ["another tool", { path: "/payments/v1/transfers", json: { amount: 10 } }],
    ["another route to the same tool", { ...usual, path: "/again/v1/subscriptions" }],
    ["another agent", { ...usual, claims: { sub: "other-bot" } }],
    ["the same name of another issuer", { ...usual, issuer: "other" }],
    ["another person behind it", { ...usual, claims: { sub: "pat", act: { sub: "refund-bot" } } }],
    ["another key", { ...usual, key: 0 }],
    ["another header", { ...usual, headers: { "x-dry-run": "0" } }],
    ["a query", { ...usual, path: `${path}?tenant=b` }],
  ])("it does not cover %s", async (_what, other) => {
    const item = randomUUID();
    await granted(item, { uses: 5 });
    expect((await send(item, other)).status).toBe(202);
    expect(house.upstream.count(item)).toBe(0);
    expect((await send(item)).status).toBe(200);
    expect(house.upstream.count(item)).toBe(1);
  });

  test("a vote without a grant is good for one call", async () => {
    const item = randomUUID();
    await person.vote(heldId(await send(item)) ?? "");
    expect([(await send(item)).status, (await send(item)).status]).toEqual([200, 202]);
    expect(house.upstream.count(item)).toBe(1);
  });

  test("one of three uses is good for three calls", async () => {
    const item = randomUUID();
    await granted(item, { uses: 3 });
    const statuses = [];
    for (let at = 0; at < 5; at++) statuses.push((await send(item)).status);
    expect(statuses).toEqual([200, 200, 200, 202, 202]);
    expect(house.upstream.count(item)).toBe(3);
  });

  test("it ends with its time", async () => {
    const item = randomUUID();
    // Long enough for one call on a busy machine.
    const id = await granted(item, { uses: 100, seconds: 10 });
    expect((await send(item)).status).toBe(200);
    await eventually("its time is over", async () =>
      JSON.stringify((await person.get("/api/grants?limit=500")).body).includes(id) ? null : true,
    );
    expect((await send(item)).status).toBe(202);
    expect(house.upstream.count(item)).toBe(1);
  });

  test("it ends with the next call after somebody took it back, and is listed until then", async () => {
    const item = randomUUID();
    const id = await granted(item, { uses: 100 });
    expect([(await send(item)).status, (await send(item)).status]).toEqual([200, 200]);
    expect((await person.post(`/api/grants/${id}/revoke`, { reason: "enough" })).status).toBe(200);
    expect((await send(item)).status).toBe(202);
    expect(house.upstream.count(item)).toBe(2);
    expect(JSON.stringify((await person.get("/api/grants")).body)).not.toContain(id);
  });

  test.each([
    ["more uses", { uses: widest.uses + 1 }],
    ["more time", { seconds: widest.seconds + 1 }],
    ["other calls", { same: ["/amount"] }],
    ["another kind", { kind: "session" }],
  ])("nobody gives %s than policy lets them", async (_what, scope) => {
    const item = randomUUID();
    const id = heldId(await send(item)) ?? "";
    expect(await person.vote(id, { grant: { ...widest, ...scope } })).toMatchObject({
      status: 422,
      body: { code: "approval_scope" },
    });
    expect((await person.get(`/api/approvals/${id}`)).body).toMatchObject({ state: "held" });
  });

  test("nobody gives any where policy asks about each call", async () => {
    const item = randomUUID();
    const id = heldId(await send(item, { path: "/payments/v1/transfers" })) ?? "";
    expect(await person.vote(id, { grant: widest })).toMatchObject({ status: 422, body: { code: "approval_scope" } });
  });
});
