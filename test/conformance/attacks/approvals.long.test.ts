/**
 * An approval is about one call, once. Everything is changed between the vote and the release, used twice, in parallel,
 * by others; each time the tool server must not see more than what a person approved.
 */
import type { Approver } from "../../../demo/agent/approver.ts";
import { eventually } from "../../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { readLog } from "./support/log.ts";

let payments: RecordingUpstream;
let gateway: TestGateway;
let approver: Approver;
let token: string;
let amount = 100;

beforeAll(async () => {
  payments = await recordingUpstream();
  gateway = await startGateway({
    routes: [paymentsRoute(payments.origin), crmRoute(payments.origin, { hold: { silent_wait: "0s" } })],
  });
  approver = await gateway.approver();
  token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
});
afterAll(() => Promise.all([gateway?.close(), payments?.close()]));
beforeEach(() => {
  payments.requests.length = 0;
  amount += 1;
});

/** The members of the gateway's own answers that these tests look at. */
interface Answered {
  readonly code?: string;
  readonly approval?: { readonly id: string };
  readonly result?: { readonly _meta: { readonly "dev.sallyport/decision": { readonly approvalId: string } } };
}

interface Call {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const refund = (): Call => ({
  path: "/payments/v1/refunds?note=a&page=1",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: JSON.stringify({ order_id: "o-881", amount, currency: "EUR", reason: "late" }),
});

interface Said {
  readonly status: number;
  readonly json: Answered;
  readonly location: string;
  readonly outcome: string | null;
}

async function post({ path, headers, body }: Call): Promise<Said> {
  const answer = await fetch(gateway.agents + path, { method: "POST", headers, body });
  const text = await answer.text();
  return {
    status: answer.status,
    json: (text === "" ? {} : JSON.parse(text)) as Answered,
    location: answer.headers.get("location") ?? "",
    outcome: answer.headers.get("sallyport-outcome"),
  };
}

async function approved(call: Call): Promise<string> {
  const held = await post(call);
  expect(held.status).toBe(202);
  const id = String(held.json.approval?.id);
  await approver.approve(id);
  return id;
}

const changes: readonly (readonly [string, (call: Call) => Call])[] = [
  ["the order of the query", (call) => ({ ...call, path: "/payments/v1/refunds?page=1&note=a" })],
  ["a query value", (call) => ({ ...call, path: "/payments/v1/refunds?note=b&page=1" })],
  ["one more query pair", (call) => ({ ...call, path: `${call.path}&dry_run=false` })],
  ["a trailing slash", (call) => ({ ...call, path: "/payments/v1/refunds/?note=a&page=1" })],
  ["an argument", (call) => ({ ...call, body: call.body.replace("late", "never") })],
  ["the type of an argument", (call) => ({ ...call, body: call.body.replace(/"amount":([\d.]+)/, '"amount":"$1"') })],
  ["one more argument", (call) => ({ ...call, body: call.body.replace("{", '{"x":null,') })],
  ["an argument in other case", (call) => ({ ...call, body: call.body.replace('"reason"', '"Reason"') })],
  ["a header that may mean something", (call) => ({ ...call, headers: { ...call.headers, "x-mode": "force" } })],
  ["a condition", (call) => ({ ...call, headers: { ...call.headers, "if-match": "*" } })],
  [
    "the session that the caller names",
    (call) => ({ ...call, headers: { ...call.headers, "sallyport-session": "other" } }),
  ],
  [
    "the session of the token",
    (call) => as(call, gateway.token({ sub: "refund-bot", role: "refunds", session: "s-2" }, "/payments")),
  ],
  ["the agent", (call) => as(call, gateway.token({ sub: "refund-bot-2", role: "refunds" }, "/payments"))],
  ["the role that allowed it", (call) => as(call, gateway.token({ sub: "refund-bot", role: "support" }, "/payments"))],
  ["an array around the body", (call) => ({ ...call, body: `[${call.body}]` })],
];

function as(call: Call, other: string): Call {
  return { ...call, headers: { ...call.headers, authorization: `Bearer ${other}` } };
}

test.each(changes)("does not release a call with a change of %s", async (_what, change) => {
  const call = refund();
  await approved(call);
  const other = await post(change(call));
  expect([202, 403]).toContain(other.status);
  expect(payments.requests).toHaveLength(0);
  expect((await post(call)).status).toBe(200);
  expect(payments.requests).toHaveLength(1);
});

test.each<readonly [string, (call: Call) => Call]>([
  [
    "white space and the order of keys",
    (call) => ({
      ...call,
      body: JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(call.body)).reverse()), null, 2),
    }),
  ],
  [
    "the tries' own headers",
    (call) => ({ ...call, headers: { ...call.headers, "user-agent": "other", "idempotency-key": "k" } }),
  ],
])("releases the same call written with other %s, and sends the bytes of that one", async (_what, change) => {
  const call = refund();
  await approved(call);
  const again = change(call);
  expect((await post(again)).status).toBe(200);
  expect(payments.requests[0]?.body.toString()).toBe(again.body);
});

test("tells a body that is no object from an object that holds it", async () => {
  const call = { ...refund(), path: "/payments/v1/refunds" };
  const value = [{ order_id: "o-881", amount, currency: "EUR", reason: "late" }];
  const bare = await post({ ...call, body: JSON.stringify(value) });
  const wrapped = await post({ ...call, body: JSON.stringify({ body: value }) });
  const ids = [bare, wrapped].map(({ status, json }) =>
    status === 202 ? json.approval?.id : `refused ${JSON.stringify(json.code)}`,
  );
  expect(ids[0]?.startsWith("refused") || ids[0] !== ids[1]).toBe(true);
});

test("executes once when a hundred of the same arrive after the approval", async () => {
  const call = refund();
  await approved(call);
  const answers = await Promise.all(Array.from({ length: 100 }, () => post(call)));
  expect(answers.filter(({ status, outcome }) => status === 200 && outcome === null)).toHaveLength(1);
  expect(payments.requests).toHaveLength(1);
  expect(new Set(answers.map(({ status }) => status))).toEqual(
    new Set([200, 202, 409].filter((one) => answers.some(({ status }) => status === one))),
  );
  // The result is kept for one repeat: of the hundred, or the one after, where they all came before there was a result.
  const replayed = answers.some(({ outcome }) => outcome === "replayed");
  expect((await post(call)).outcome).toBe(replayed ? "pending" : "replayed");
  expect((await post(call)).status).toBe(202);
  expect(payments.requests).toHaveLength(1);
});

test("executes once when fifty callers of the same call waited for the vote", async () => {
  const call = { ...refund(), headers: { ...refund().headers, prefer: "wait=120" } };
  const waiting = Array.from({ length: 50 }, () => post(call));
  const item = await eventually("the held call is in the inbox", async () => {
    return (
      (await approver.open()).find(({ state, summary }) => state === "held" && summary.includes(`${amount}`)) ?? null
    );
  });
  // All of them, before the vote: whoever comes later is a call of its own.
  await eventually("all fifty are held", async () => {
    const { lines } = await readLog(gateway.logDir);
    const held = lines.filter(
      ({ result, input }) => result?.effect === "hold" && input?.context?.arguments?.["amount"] === amount,
    );
    return held.length === 50 ? true : null;
  });
  await approver.approve(item.id);
  const answers = await Promise.all(waiting);
  // One of them had it executed, and the others are given the same result.
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
  expect(answers.filter(({ outcome }) => outcome === "replayed")).toHaveLength(49);
  expect(payments.requests).toHaveLength(1);
  // Nobody is asked once more for what has just been done.
  expect((await approver.open()).filter(({ summary }) => summary.includes(`${amount}`))).toEqual([]);
});

test("counts one denial, and no more than one approval before it, when the same person votes many times at once", async () => {
  const call = refund();
  const id = String((await post(call)).json.approval?.id);
  const votes = await Promise.allSettled([
    ...Array.from({ length: 10 }, () => approver.approve(id)),
    ...Array.from({ length: 10 }, () => approver.deny(id, "no")),
  ]);
  const counted = votes.map(({ status }) => status === "fulfilled");
  expect(counted.slice(0, 10).filter(Boolean).length).toBeLessThanOrEqual(1);
  expect(counted.slice(10).filter(Boolean)).toHaveLength(1);
  expect(await post(call)).toMatchObject({ status: 403 });
});

test("holds on to a refusal, and asks nobody again for the same call", async () => {
  const call = refund();
  const held = await post(call);
  await approver.deny(String(held.json.approval?.id), "no");
  const again = await Promise.all(Array.from({ length: 20 }, () => post(call)));
  expect(new Set(again.map(({ status }) => status))).toEqual(new Set([403]));
  expect(payments.requests).toHaveLength(0);
});

test("tells nobody but its caller that an approval exists, whatever route their token is for", async () => {
  const held = await post(refund());
  const crm = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
  const delete_customer = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "delete_customer", arguments: { customer_id: "c1" } },
  };
  const mcp = await post({
    path: "/mcp/crm",
    headers: {
      authorization: `Bearer ${crm}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify(delete_customer),
  });
  const ofCrm = `/approvals/${mcp.json.result?._meta["dev.sallyport/decision"].approvalId}`;
  const other = gateway.token({ sub: "other-bot", role: "refunds" }, "/payments");
  const look = async (path: string, bearer: string) =>
    (await fetch(gateway.agents + path, { headers: { authorization: `Bearer ${bearer}` } })).status;
  const nothing = `/approvals/a_${"A".repeat(22)}`;
  expect([await look(held.location, token), await look(ofCrm, crm)]).toEqual([200, 200]);
  for (const bearer of [crm, other])
    expect([await look(held.location, bearer), await look(nothing, bearer)]).toEqual([404, 404]);
  for (const bearer of [token, other])
    expect([await look(ofCrm, bearer), await look(nothing, bearer)]).toEqual([404, 404]);
  expect([await look(ofCrm, "x.y.z"), await look(nothing, "x.y.z")]).toEqual([401, 401]);
  expect(
    (await fetch(gateway.agents + held.location, { method: "POST", headers: { authorization: `Bearer ${token}` } }))
      .status,
  ).toBeGreaterThanOrEqual(400);
});
