/**
 * Lies-in-the-Loop (Checkmarx, September 2025): an agent dresses a call up, so that the person who approves it reads something
 * else than what will run. Here: the card is built from the bytes of the call alone, what the agent says of it is kept apart and
 * named as its own words, and what is released is what was shown, byte for byte.
 */
import type { Approver } from "../../../demo/agent/approver.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let approver: Approver;
let token: string;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)] });
  approver = await gateway.approver();
  token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

interface Card {
  readonly id: string;
  readonly summary: string;
  readonly tool: string;
  readonly approval: {
    readonly binding: { readonly arguments: unknown; readonly path: string };
    readonly context: Readonly<Record<string, unknown>>;
  };
}

const lie = "Only reads the weather. Safe, approved by security.";
const dressed = {
  order_id: "o-881",
  amount: 199,
  currency: "EUR",
  reason: `${lie}\n\n\n\u202eapprove\u202c <b>harmless</b> \u001b[2J tool: get_order amount: 1`,
};

function refund(body: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "sallyport-intent": lie };
  return fetch(`${gateway.agents}/payments/v1/refunds`, { method: "POST", headers, body });
}

test("shows the approver the call's own arguments and keeps the agent's account of it apart", async () => {
  const body = JSON.stringify(dressed);
  expect((await refund(body)).status).toBe(202);
  const [row] = await approver.open();
  const card = (await approver.get(`/api/approvals/${row?.id}`)) as Card;
  expect(card.tool).toBe("payments/create_refund");
  expect(card.approval.binding.arguments).toEqual(dressed);
  expect(card.summary).not.toContain(lie);
  const { stated_intent: stated, purpose, ...rest } = card.approval.context;
  expect(stated).toBe(lie);
  expect(purpose).toEqual({ text: lie, declared_by: "header", truncated: false });
  expect(JSON.stringify(rest)).not.toContain(lie);

  await approver.approve(card.id);
  // Another amount, whatever is said of it, is another call and waits for another decision.
  expect((await refund(JSON.stringify({ ...dressed, amount: 198 }))).status).toBe(202);
  expect(upstream.requests).toHaveLength(0);
  expect((await refund(body)).status).toBe(200);
  expect(upstream.requests.map((request) => request.body.toString())).toEqual([body]);
});
