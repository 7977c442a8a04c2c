/** Tool servers that answer `subscriptions/listen` with one JSON document after the other: their callers get an event stream. */
import type { ServerResponse } from "node:http";
import { allowWhole } from "../support/allow-whole.ts";
import { listenAt } from "../support/mcp-listener.ts";
import { speakerAt } from "../support/mcp-messages.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const method = "subscriptions/listen";
const params = { notifications: { toolsListChanged: true } };
const acknowledged = { jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params };
const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed", params: {} };
const asks = { jsonrpc: "2.0", id: 9, method: "sampling/createMessage", params: {} };
const json = { "content-type": "application/json", "transfer-encoding": "chunked" };

let upstream: RecordingUpstream;
let gateway: TestGateway;
let open: ServerResponse;

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res) => {
    open = res.writeHead(200, json);
    open.write(`${JSON.stringify(acknowledged)}\n`);
  });
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin, { credential: undefined })],
    policy: (copy) => allowWhole(copy, "crm", []),
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

test("each document reaches the caller as an event when it comes, and the answer as the last", async () => {
  const { type, next } = await listenAt(gateway, params);
  expect(type).toBe("text/event-stream");
  expect(await next()).toMatchObject(acknowledged);
  open.write(JSON.stringify(changed, null, 2));
  expect(await next()).toMatchObject(changed);
  open.end('{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete"}}');
  expect(await next()).toMatchObject({ id: 1, result: {} });
  expect(await next()).toBeNull();
});

test.each([
  ["a request of the server, which this version has not", JSON.stringify(asks)],
  ["the answer to another request", '{"jsonrpc":"2.0","id":7,"result":{}}'],
  ["what is no JSON", "<html>\n"],
])("%s does not reach the caller as a document either", async (_what, sent) => {
  const { next } = await listenAt(gateway, params);
  await next();
  open.write(sent);
  const told = await next();
  expect(told).toMatchObject({
    id: 1,
    error: { data: { code: expect.stringMatching(/^upstream_answer_/) as string } },
  });
  expect(await next()).toBeNull();
});

test("a server that refuses in one document is heard", async () => {
  upstream.answerWith((_req, res) => {
    res.writeHead(200, json).end('{\n"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}');
  });
  expect(await speakerAt(gateway, "2026-07-28").ask(method, params)).toMatchObject({ id: 1, error: { code: -32_601 } });
});
