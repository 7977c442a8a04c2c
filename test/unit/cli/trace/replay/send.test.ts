import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReplayGateway } from "../../../../../gateway/cli/trace/replay/replay-gateway.ts";
import { send } from "../../../../../gateway/cli/trace/replay/send.ts";
import type { RecordedCall } from "../../../../../gateway/cli/trace/read/session-schema.ts";

interface Answered {
  readonly headers?: Record<string, string>;
  readonly body: object;
}

let answer: Answered;
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((_req, res) => {
    for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
    res.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** What the agent is told of a call in this protocol that a gateway answers so. */
function sent(protocol: "http" | "mcp", answered: Answered) {
  answer = answered;
  const rules = [{ code: "NO", rule: "topic/no" }];
  const agents = { url, gateway: { bundles: { active: () => ({ rules }) } } };
  const replaying = { agents, tools: { answerWith: () => {} } } as unknown as ReplayGateway;
  const call = { server: "desk", tool: "read", protocol, arguments: {}, result: null } as unknown as RecordedCall;
  return send(call, () => Promise.resolve({}), replaying);
}

const passed = { effect: "allow", reasons: [], approvalId: null };

test("takes an answer without the gateway's own header for the tool's", async () => {
  expect(await sent("http", { body: { code: "NO" } })).toEqual(passed);
});

test("tells a refusal with its reasons, and one without by its code", async () => {
  const headers = { "sallyport-outcome": "denied" };
  const reasons = [{ code: "NO", rule: "topic/no" }];
  expect(await sent("http", { headers, body: { code: "denied", reasons } })).toEqual({
    ...passed,
    effect: "deny",
    reasons,
  });
  expect(await sent("http", { headers, body: { code: "body_refused", reasons: [] } })).toMatchObject({
    effect: "deny",
    reasons: [{ code: "body_refused", rule: "gateway" }],
  });
});

test("tells a hold with the id of its approval, in both protocols", async () => {
  const reasons = [{ code: "NO", rule: "topic/no" }];
  const held = { effect: "hold", reasons, approvalId: "a_1" };
  const headers = { "sallyport-outcome": "pending" };
  expect(await sent("http", { headers, body: { reasons, approval: { id: "a_1" } } })).toEqual(held);
  const decision = { outcome: "pending", approvalId: "a_1", code: "held", reasons: ["NO"] };
  expect(await sent("mcp", { body: { result: { _meta: { "dev.sallyport/decision": decision } } } })).toEqual(held);
});

test("takes an error of the protocol for a refusal, and a result for the tool's", async () => {
  expect(await sent("mcp", { body: { result: { content: [] } } })).toEqual(passed);
  expect(await sent("mcp", { body: { error: { code: -32602 } } })).toMatchObject({
    effect: "deny",
    reasons: [{ code: "tool_unknown", rule: "gateway" }],
  });
});
