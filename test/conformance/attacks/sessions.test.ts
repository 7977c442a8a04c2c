/** Labels that an agent tries to wash off by calling itself another session, and waits that somebody else tries to end. */
import type { Approver } from "../../../demo/agent/approver.ts";
import { eventually } from "../../support/eventually.ts";
import { denyChains } from "../../support/policy-copy.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { readLog } from "./support/log.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let approver: Approver;
let agents = 0;

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res, { body }) => {
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    res
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } }));
  });
  gateway = await startGateway({ routes: [crmRoute(upstream.origin)], policy: denyChains });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => {
  upstream.requests.length = 0;
});

const newToken = (session?: string, sub = `support-bot-${++agents}`): string =>
  gateway.token({ sub, role: "support", ...(session === undefined ? {} : { session }) }, "/mcp/crm");

async function call(
  token: string,
  name: string,
  args: object,
  more: { headers?: Record<string, string>; meta?: object; id?: unknown; signal?: AbortSignal } = {},
) {
  const answer = await fetch(`${gateway.agents}/mcp/crm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(await gateway.inSession(token, "/mcp/crm", more.headers ?? {})),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: more.id ?? 1,
      method: "tools/call",
      params: { name, arguments: args, ...(more.meta === undefined ? {} : { _meta: more.meta }) },
    }),
    ...(more.signal === undefined ? {} : { signal: more.signal }),
  });
  return answer.text();
}

const read = { customer_id: "c-1" };
const update = { url: "https://status.partner.example/hook", text: "done" };

test("lets each of the two calls through alone, so that the refusals below mean something", async () => {
  expect(await call(newToken(), "post_update", update)).not.toContain("isError");
  expect(await call(newToken(), "read_customer", read)).not.toContain("isError");
});

test.each<readonly [string, Parameters<typeof call>[3]]>([
  ["a session header", { headers: { "sallyport-session": "clean" } }],
  ["another transport session", { headers: { "mcp-session-id": "clean-transport" } }],
  ["a session in _meta", { meta: { "dev.sallyport/session": "clean" } }],
  ["another trace", { headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` } }],
  ["the name of the principal's own", { headers: { "sallyport-session": "principal:support-bot" } }],
  ["no session at all", {}],
])("does not wash the labels off with %s", async (_how, changed) => {
  const token = newToken();
  await call(token, "read_customer", read, { headers: { "sallyport-session": "first" } });
  expect(await call(token, "post_update", update, changed)).toContain("EXFILTRATION_CHAIN");
});

test("does not wash the labels of a token's session off by naming another, or with a token without one", async () => {
  const sub = `support-bot-${++agents}`;
  await call(newToken("run-1", sub), "read_customer", read);
  expect(
    await call(newToken("run-1", sub), "post_update", update, { headers: { "sallyport-session": "clean" } }),
  ).toContain("EXFILTRATION_CHAIN");
  expect(await call(newToken(undefined, sub), "post_update", update)).toContain("EXFILTRATION_CHAIN");
  expect(
    await call(newToken(undefined, sub), "post_update", update, { headers: { "sallyport-session": "run-2" } }),
  ).toContain("EXFILTRATION_CHAIN");
});

test("never sends what was composed after a read, when both are sent at once again and again", async () => {
  for (let round = 0; round < 20; round++) {
    const token = newToken();
    let sendings: Promise<string>[] = [];
    const reading = call(token, "read_customer", read).then(async (answer) => {
      // Whoever has the answer can put it into a call: from now on each of them is refused.
      sendings = Array.from({ length: 5 }, () => call(token, "post_update", update));
      return answer;
    });
    await Promise.all([reading, call(token, "post_update", update)]);
    for (const answer of await Promise.all(sendings)) expect(answer).toContain("EXFILTRATION_CHAIN");
  }
});

describe("a call that waits for people", () => {
  const victim = { customer_id: "c-9" };
  const held = (customer: string) =>
    eventually(
      "the call is in the inbox",
      async () =>
        (await approver.open()).find(({ state, summary }) => state === "held" && summary.includes(customer)) ?? null,
    );

  test("is not called off by another agent, in another session, or with another id", async () => {
    const token = newToken();
    const own = { "mcp-session-id": "waiting-session" };
    const waiting = call(token, "delete_customer", victim, { headers: own, id: 7 });
    const item = await held("c-9");
    const cancel = async (bearer: string, headers: Record<string, string>, requestId: unknown): Promise<void> => {
      await fetch(`${gateway.agents}/mcp/crm`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${bearer}`,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...(await gateway.inSession(bearer, "/mcp/crm", headers)),
        },
        body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } }),
      });
    };
    await cancel(newToken(), own, 7);
    await cancel(newToken(), {}, 7);
    await cancel(token, {}, 7);
    await cancel(token, own, "7");
    await cancel(token, own, 8);
    await approver.approve(item.id);
    expect(await waiting).toContain('"result":{"content":[]}');
    expect(upstream.requests.filter(({ body }) => body.includes("delete_customer"))).toHaveLength(1);
  });

  test("is not executed for a caller that left, and leaves the approval for its return", async () => {
    const token = newToken();
    const leaving = new AbortController();
    const waiting = call(token, "delete_customer", { customer_id: "c-77" }, { signal: leaving.signal }).catch(
      () => "left",
    );
    const item = await held("c-77");
    leaving.abort();
    expect(await waiting).toBe("left");
    await eventually("the gateway noticed that its caller left", async () =>
      (await readLog(gateway.logDir)).lines.some(({ outcome }) => outcome === "abandoned") ? true : null,
    );
    await approver.approve(item.id);
    expect(upstream.requests).toHaveLength(0);
    expect(await call(token, "delete_customer", { customer_id: "c-77" }, { id: "another" })).toContain('"content":[]');
    expect(upstream.requests).toHaveLength(1);
  });
});
