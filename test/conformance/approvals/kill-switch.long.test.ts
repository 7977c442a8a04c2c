/** Failure seen elsewhere: a kill switch that only acts at session close. Here it ends what is held, approved or waited for at once. */
import { randomUUID } from "node:crypto";
import { eventually } from "../../support/eventually.ts";
import { type Answer, heldId } from "../../verify/approvals/world/caller.ts";
import { type House, openHouse } from "../../verify/approvals/world/house.ts";
import type { Person } from "../../verify/approvals/world/person.ts";
import { widest } from "../../verify/approvals/world/policy.ts";

let house: House;
let person: Person;

beforeAll(async () => {
  house = await openHouse({ gateways: 2 });
  person = await house.gateways[0]!.person();
}, 120_000);
afterAll(() => house?.close());

interface Sent {
  readonly claims?: object;
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly at?: number;
}

async function send(
  item: string,
  { claims = {}, headers = {}, path = "/payments/v1/transfers", at = 0 }: Sent = {},
): Promise<Answer> {
  const token = await house.issuer.token({ sub: "refund-bot", ...claims });
  return house.gateways[at]!.caller.call({ path, token, json: { item }, headers });
}

async function revoke(wanted: object): Promise<string> {
  const { status, body } = await person.post("/api/revocations", { reason: "stop it", ...wanted });
  expect(status).toBe(201);
  return String(body["id"]);
}

const lift = (id: string) => person.post(`/api/revocations/${id}/lift`, {});
const stateOf = async (id: string | null) => (await person.get(`/api/approvals/${id}`)).body["state"];

describe("a kill switch that only acts at session close", () => {
  test("it ends at once what waits on an open connection, at both processes, and says why", async () => {
    const items = [randomUUID(), randomUUID()];
    const waiting = items.map((item, at) => send(item, { headers: { prefer: "wait=60" }, at }));
    await eventually("both are held", async () => {
      const open = await house.look((store) => store.list({ states: ["held"], limit: 100 }));
      return items.every((item) => open.some(({ binding }) => binding.arguments?.["item"] === item)) ? true : null;
    });
    const id = await revoke({ kind: "gateway" });
    // They asked to wait for 60 s, and would be answered 202 then.
    const answers = await Promise.all(waiting);
    for (const { status, body } of answers) {
      expect(status).toBe(403);
      // The second code: of a call whose question was being written down when all were stopped.
      expect(body["code"]).toMatch(/^(approval_cancelled|gateway_stopped)$/);
      expect(body["executed"]).toBe(false);
      expect(JSON.stringify(body)).toContain("stop it");
    }
    await lift(id);
    expect(items.map((item) => house.upstream.count(item))).toEqual([0, 0]);
  });

  test("nothing that was held or approved before it runs, neither under it nor after it", async () => {
    const [held, approved] = [randomUUID(), randomUUID()];
    const [first, second] = [heldId(await send(held)), heldId(await send(approved))];
    await person.vote(second ?? "");
    const id = await revoke({ kind: "gateway" });
    for (const at of [0, 1])
      expect(await send(approved, { at })).toMatchObject({ status: 403, body: { code: "gateway_stopped" } });
    expect([await stateOf(first), await stateOf(second)]).toEqual(["cancelled", "cancelled"]);
    expect((await person.vote(first ?? "")).status).toBe(409);
    await lift(id);
    const again = await send(approved, { at: 1 });
    expect(again.status).toBe(202);
    expect(heldId(again)).not.toBe(second);
    expect([house.upstream.count(held), house.upstream.count(approved)]).toEqual([0, 0]);
  });

  test.each([
    ["an agent", { kind: "subject", target: "bad-bot" }, { sub: "bad-bot" }],
    ["a session", { kind: "session", target: "s-bad" }, { sid: "s-bad" }],
  ])("ending %s ends its approved call and no other's", async (_what, revocation, claims) => {
    const [theirs, other] = [randomUUID(), randomUUID()];
    const ids = [heldId(await send(theirs, { claims })), heldId(await send(other))];
    for (const id of ids) await person.vote(id ?? "");
    const id = await revoke(revocation);
    expect(await send(theirs, { claims, at: 1 })).toMatchObject({ status: 403, body: { code: "access_revoked" } });
    expect((await send(other, { at: 1 })).status).toBe(200);
    await lift(id);
    expect([house.upstream.count(theirs), house.upstream.count(other)]).toEqual([0, 1]);
  });

  test("a permission for more than one call is gone with it, for good", async () => {
    const item = randomUUID();
    const path = "/payments/v1/subscriptions";
    await person.vote(heldId(await send(item, { path })) ?? "", { grant: { ...widest, uses: 10 } });
    expect([(await send(item, { path })).status, (await send(item, { path, at: 1 })).status]).toEqual([200, 200]);
    await lift(await revoke({ kind: "gateway" }));
    expect((await send(item, { path })).status).toBe(202);
    expect((await send(item, { path, at: 1 })).status).toBe(202);
    expect(house.upstream.count(item)).toBe(2);
  });
});
