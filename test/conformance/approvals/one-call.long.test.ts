/**
 * Failures seen elsewhere: an approval of one call that ran another, or ran again, or never ran; each put to two gateway
 * processes on one store.
 */
import { randomUUID } from "node:crypto";
import { eventually } from "../../support/eventually.ts";
import { holdRequest, approver, testApprovals } from "../../support/approvals/test-approvals.ts";
import { type Answer, heldId } from "../../verify/approvals/world/caller.ts";
import { type House, openHouse } from "../../verify/approvals/world/house.ts";
import type { Person } from "../../verify/approvals/world/person.ts";
import { widest } from "../../verify/approvals/world/policy.ts";

const path = "/payments/v1/transfers";

let house: House;
let person: Person;
let token: string;

beforeAll(async () => {
  house = await openHouse({ gateways: 2 });
  person = await house.gateways[0]!.person();
  token = await house.issuer.token({ sub: "refund-bot" });
}, 120_000);
afterAll(() => house?.close());

/** At either process. */
function send(
  item: string,
  more: { json?: object; headers?: Record<string, string>; at?: number; path?: string } = {},
) {
  const { caller } = house.gateways[more.at ?? 0]!;
  return caller.call({ path, token, ...more, json: { item, ...more.json } });
}

function mcp(message: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const usual = { "mcp-protocol-version": "2025-06-18", accept: "application/json, text/event-stream" };
  const text = JSON.stringify(message);
  return house.gateways[0]!.caller.call({ path: "/rpc", token, text, headers: { ...usual, ...headers } });
}

async function approved(item: string, json: object = {}): Promise<string> {
  const id = heldId(await send(item, { json })) ?? "";
  expect((await person.vote(id)).body).toMatchObject({ state: "approved" });
  return id;
}

test("approve A then run B: an approval of one call runs no other", async () => {
  const item = randomUUID();
  await approved(item, { amount: 10 });
  for (const json of [{ amount: 10_000 }, { amount: 10, memo: "x" }, {}])
    expect((await send(item, { json })).status).toBe(202);
  expect((await send(item, { json: { amount: 10 }, path: "/payments/v1/refunds" })).status).toBe(202);
  expect(house.upstream.count(item)).toBe(0);
  expect((await send(item, { json: { amount: 10 } })).status).toBe(200);
  expect(house.upstream.count(item)).toBe(1);
});

test("denied after it was approved: it runs at no process, and its caller is told so with the reason", async () => {
  const item = randomUUID();
  const id = await approved(item);
  expect((await person.vote(id, { vote: "deny", reason: "it is a fraud" })).body).toMatchObject({ state: "denied" });
  for (const at of [0, 1]) {
    const again = await send(item, { at });
    expect([again.status, JSON.stringify(again.body)]).toEqual([403, expect.stringContaining("it is a fraud")]);
  }
  expect(house.upstream.count(item)).toBe(0);
  const second = randomUUID();
  const other = await approved(second);
  const [run, denial] = await Promise.all([
    send(second, { at: 1 }),
    person.vote(other, { vote: "deny", reason: "it is a fraud" }),
  ]);
  // Whichever was first counts, and the other is told.
  expect([
    [200, 409],
    [403, 200],
  ]).toContainEqual([run.status, denial.status]);
  expect(house.upstream.count(second)).toBe(run.status === 200 ? 1 : 0);
});

test("a consumed approval replayed: it runs nothing a second time, at no process and under no name", async () => {
  const item = randomUUID();
  const id = await approved(item);
  expect((await send(item, { at: 1 })).status).toBe(200);
  const digest = (await person.get(`/api/approvals/${id}`)).body["action_digest"] as string;
  for (const at of [0, 1]) {
    const again = await send(item, { at, headers: { "x-approval-id": id, "sallyport-approval": id } });
    expect(again.status).toBe(202);
    expect(heldId(again)).not.toBe(id);
  }
  expect((await person.vote(id, { action_digest: digest })).status).toBe(409);
  expect(house.upstream.count(item)).toBe(1);
});

test("a retry that parks or executes twice: forty callers at two processes are one item and one execution", async () => {
  const item = randomUUID();
  const all = () => Promise.all(Array.from({ length: 40 }, (_, at) => send(item, { at: at % 2 })));
  const ids = new Set((await all()).map(heldId));
  expect([...ids]).toEqual([expect.stringMatching(/^a_/)]);
  await person.vote([...ids][0] ?? "");
  const statuses = (await all()).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.every((status) => [200, 202, 409].includes(status))).toBe(true);
  expect(house.upstream.count(item)).toBe(1);
  const open = await house.look((store) => store.list({ states: ["held"], limit: 1_000 }));
  expect(open.filter(({ binding }) => binding.arguments?.["item"] === item).length).toBeLessThanOrEqual(1);
});

test("a retry under one Idempotency-Key is one question, and another payload under it is refused", async () => {
  const item = randomUUID();
  const headers = { "idempotency-key": `"${item}"` };
  const first = heldId(await send(item, { headers }));
  expect(heldId(await send(item, { headers, at: 1 }))).toBe(first);
  const other = await send(item, { headers, json: { amount: 2 } });
  expect([other.status, other.body["code"]]).toEqual([422, "idempotency_reused"]);
  await person.vote(first ?? "");
  expect((await send(item, { headers })).status).toBe(200);
  // The other process may be asked in the moment before the outcome is written.
  const late = await send(item, { headers, at: 1 });
  expect([late.status, late.body["code"]]).toEqual([
    409,
    expect.stringMatching(/^(approval_consumed|idempotency_busy)$/),
  ]);
  expect(house.upstream.count(item)).toBe(1);
});

test("a retry under one Idempotency-Key takes one use of a permission, at whichever process, and is sent once", async () => {
  const item = randomUUID();
  const key = (text: string, at = 0, json: object = {}) =>
    send(item, { path: "/payments/v1/subscriptions", headers: { "idempotency-key": `"${text}-${item}"` }, at, json });
  const first = heldId(await key("a")) ?? "";
  expect((await person.vote(first, { grant: { ...widest, uses: 5 } })).body).toMatchObject({ state: "approved" });
  expect((await key("a")).status).toBe(200);
  // All of them at once: one goes through, and the others find it under way or over.
  const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => key("b", at % 2)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 11 }, () => 409));
  for (const { body } of refused) expect(body["code"]).toMatch(/^(approval_consumed|idempotency_busy)$/);
  for (const at of [0, 1]) {
    // The answer is out a moment before it is written down that the call is over.
    await eventually("the call is over", async () => {
      const late = await key("b", at);
      expect([late.status, late.body["code"]]).toEqual([
        409,
        expect.stringMatching(/^(approval_consumed|idempotency_busy)$/),
      ]);
      return late.body["code"] === "approval_consumed" ? true : null;
    });
    const other = await key("b", at, { amount: 2 });
    expect([other.status, other.body["code"]]).toEqual([422, "idempotency_reused"]);
  }
  expect(house.upstream.count(item)).toBe(2);
  expect((await key("c", 1)).status).toBe(200);
  const { items } = (await person.get("/api/grants?limit=500")).body as {
    items: { approval_id: string; uses_left: number }[];
  };
  expect(items.find((grant) => grant.approval_id === first)?.uses_left).toBe(2);
});

describe("an approved call gated again forever", () => {
  test("it runs at its first return after the vote, at whichever process", async () => {
    for (let round = 0; round < 10; round++) {
      const item = randomUUID();
      await approved(item);
      expect((await send(item, { at: round % 2 })).status).toBe(200);
    }
  });

  test("a vote that comes while the same call is being judged is its answer, and no second item hides it", async () => {
    const items = Array.from({ length: 24 }, () => randomUUID());
    const answers = items.map(async (item, at) => {
      const id = heldId(await send(item)) ?? "";
      const [waited] = await Promise.all([send(item, { headers: { prefer: "wait=60" }, at: at % 2 }), person.vote(id)]);
      return waited.status;
    });
    expect(await Promise.all(answers)).toEqual(items.map(() => 200));
    expect(items.map((item) => house.upstream.count(item))).toEqual(items.map(() => 1));
  });

  test("a hold that was judged before the vote attaches to the approved item", async () => {
    const { holds, service } = testApprovals();
    const item = await holds.open(holdRequest());
    await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
    expect(await holds.open(holdRequest())).toMatchObject({ id: item.id, state: "approved" });
    await holds.consume(item.id);
    expect((await holds.open(holdRequest())).id).not.toBe(item.id);
  });

  test("a hold that was judged before a refusal attaches to the refusal", async () => {
    const { holds, service } = testApprovals();
    const item = await holds.open(holdRequest());
    await service.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "no" });
    expect(await holds.open(holdRequest())).toMatchObject({ id: item.id, state: "denied" });
  });
});

describe("batch, case or alias bypass", () => {
  const call = (item: string, name = "transfer") => {
    return { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: { item } } };
  };

  test("a batch of messages runs nothing, not even what is approved in it", async () => {
    const item = randomUUID();
    await person.vote(heldId(await mcp(call(item))) ?? "");
    expect((await mcp([call(item), call(item)])).status).toBe(400);
    expect(house.upstream.count(item)).toBe(0);
    await mcp(call(item));
    expect(house.upstream.count(item)).toBe(1);
  });

  test.each(["Transfer", "TRANSFER", "transfer ", "payments/transfer", "refund"])(
    "the tool's name as %j does not run under the approval of transfer",
    async (name) => {
      const item = randomUUID();
      await person.vote(heldId(await mcp(call(item))) ?? "");
      await mcp(call(item, name));
      expect(house.upstream.count(item)).toBe(0);
    },
  );

  test("a header that names another tool than the body is refused", async () => {
    const item = randomUUID();
    await person.vote(heldId(await mcp(call(item))) ?? "");
    expect((await mcp(call(item), { "mcp-method": "tools/call", "mcp-name": "get_order" })).status).toBe(400);
    expect(house.upstream.count(item)).toBe(0);
  });

  test.each([
    "/payments/v1/Transfers",
    "/PAYMENTS/v1/transfers",
    "/payments/v1/transfers/",
    "/payments//v1/transfers",
    "/payments/v1/x/../transfers",
    "/payments/v1/transfers;a=1",
  ])("the path as %s runs nothing", async (alias) => {
    const item = randomUUID();
    await approved(item);
    await send(item, { path: alias });
    expect(house.upstream.count(item)).toBe(0);
    await send(item);
    expect(house.upstream.count(item)).toBe(1);
  });

  test("a key that is there twice is refused, whichever was approved", async () => {
    const item = randomUUID();
    await approved(item, { amount: 1 });
    const text = `{"item":"${item}","amount":1,"amount":1000}`;
    expect((await house.gateways[0]!.caller.call({ path, token, text })).status).toBe(400);
    expect(house.upstream.count(item)).toBe(0);
  });
});
