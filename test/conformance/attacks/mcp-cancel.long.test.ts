/** Callers that call a waiting request off: nothing runs for them, and the route says what becomes of the question. */
import type { Approver } from "../../../demo/agent/approver.ts";
import { eventually } from "../../support/eventually.ts";
import { speakerAt, type Version } from "../../support/mcp-messages.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let approver: Approver;
let customer = 0;

beforeAll(async () => {
  upstream = await recordingUpstream();
  const back = { id: "back", prefix: "/mcp/back", hold: { on_cancel: "withdraw" } };
  gateway = await startGateway({ routes: [crmRoute(upstream.origin), crmRoute(upstream.origin, back)] });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

const leaves: readonly (readonly [string, Version, string, string])[] = [
  ["withdraws the question on a route that says so, when it is called off", "2025-11-25", "cancelled", "cancelled"],
  ["withdraws it in the stateless era, when the stream is closed", "2026-07-28", "closed", "cancelled"],
  ["keeps it in the older era when only the connection is lost", "2025-11-25", "closed", "held"],
];

/** Ends a waiting call in one of both ways; the state of its item then. */
async function stateAfter(version: Version, prefix: string, how: string): Promise<string> {
  customer += 1;
  const agent = speakerAt(gateway, version, { prefix });
  const leaving = new AbortController();
  const params = { name: "delete_customer", arguments: { customer_id: `c-${customer}` } };
  const waiting = agent.ask("tools/call", params, { id: `call-${customer}`, signal: leaving.signal });
  const ended = waiting.catch((error: unknown) => error);
  const item = await eventually("the held call", async () => {
    return (await approver.open()).find((one) => one.summary.includes(`c-${customer} `)) ?? null;
  });
  if (how === "closed") leaving.abort();
  else await agent.tell("notifications/cancelled", { requestId: `call-${customer}` });
  expect(await ended).not.toHaveProperty("result");
  await eventually("the gateway noticed", async () => {
    const search = "/api/decisions?tool=crm/delete_customer&effect=hold&limit=1";
    const { rows } = (await approver.get(search)) as { rows: { outcome: string | null }[] };
    return rows[0]?.outcome === "abandoned" ? true : null;
  });
  return (await approver.show(item.id)).state;
}

test.each(leaves)("%s", async (_what, version, how, state) => {
  expect(await stateAfter(version, "/mcp/back", how)).toBe(state);
});

test.each([
  ["2025-11-25", "cancelled"],
  ["2025-11-25", "closed"],
  ["2026-07-28", "closed"],
] as const)("keeps the question open for the same call later, else (%s, %s)", async (version, how) => {
  expect(await stateAfter(version, "/mcp/crm", how)).toBe("held");
  const calls = upstream.requests.filter(({ body }) => body.includes("tools/call"));
  expect(calls).toHaveLength(0);
});
