import { filterResourceNotification } from "../../../../gateway/act/results/resource-notifications.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { evaluated, toolCall } from "../../../support/builders.ts";

const [open, secret, other] = ["crm://open/1", "crm://secret", "crm://open/other"];
const mcpOf = (era: "legacy" | "modern") => ({ era, kind: "request", id: 1 }) as unknown as McpMessage;
const asking = (era: "legacy" | "modern", action: string) =>
  evaluated({
    call: toolCall({
      mcp: mcpOf(era),
      action,
      arguments: { notifications: { resourceSubscriptions: [open, secret] } },
    }),
  });
const listening = asking("modern", "subscriptions/listen");

const sight = { mayListenTo: async (_call: object, uri: string) => uri.startsWith("crm://open") };
const toldAs = async (text: string, of = listening) =>
  filterResourceNotification(sight, of, { message: JSON.parse(text) as JsonObject, text });
const told = (method: string, params: unknown, of = listening) =>
  toldAs(JSON.stringify({ jsonrpc: "2.0", method, params }), of);
const updated = (params: unknown, of = listening) => told("notifications/resources/updated", params, of);
const acknowledged = async (notifications: unknown) =>
  JSON.parse(String(await told("notifications/subscriptions/acknowledged", { notifications, _meta: { n: 1 } })));

test("passes an update of a resource that its caller may listen to, and drops any other", async () => {
  expect(JSON.parse(String(await updated({ uri: open })))).toMatchObject({ params: { uri: open } });
  expect(await updated({ uri: secret })).toBeNull();
});

test("an update that names two resources is written with the one that was judged", async () => {
  const twice = `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"${secret}","uri":"${open}"}}`;
  expect(await toldAs(twice)).not.toContain(secret);
});

test("since MCP 2026-07-28 updates come to listeners alone, before on any stream", async () => {
  expect(await updated({ uri: open }, asking("modern", "tools/call"))).toBeNull();
  expect(await updated({ uri: open }, asking("legacy", "tools/call"))).toContain(open);
});

test("an acknowledgement loses what was not asked for or is not allowed, and nothing else", async () => {
  const granted = [open, secret, 7, open, other];
  expect(await acknowledged({ toolsListChanged: true, resourceSubscriptions: granted })).toMatchObject({
    params: { notifications: { toolsListChanged: true, resourceSubscriptions: [open] }, _meta: { n: 1 } },
  });
  expect((await acknowledged({ toolsListChanged: true })).params.notifications).toEqual({ toolsListChanged: true });
});

test("what tells of no resource passes as it is", async () => {
  expect(await told("notifications/message", { URI: secret })).toContain(secret);
});

test.each([
  ["params that are no object", "notifications/resources/updated", []],
  ["no resource", "notifications/resources/updated", {}],
  ["a resource under two spellings", "notifications/resources/updated", { uri: open, URI: secret }],
  ["subscriptions under another spelling", "notifications/subscriptions/acknowledged", { Notifications: {} }],
  [
    "subscriptions that are no list",
    "notifications/subscriptions/acknowledged",
    { notifications: { resourceSubscriptions: open } },
  ],
])("%s is refused", async (_what, method, params) => {
  await expect(told(method, params)).rejects.toMatchObject({ code: "upstream_answer_refused" });
});
