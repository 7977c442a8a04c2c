import { toldOfResources } from "../../../../gateway/act/results/told-resources.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { evaluated } from "../../../support/builders.ts";

const sight = { toListener: async (_call: object, uri: string) => uri.startsWith("crm://open") };
const told = async (method: string, params: unknown) => {
  const text = JSON.stringify({ jsonrpc: "2.0", method, params });
  return toldOfResources(sight, evaluated(), { message: JSON.parse(text) as JsonObject, text });
};
const updated = (params: unknown) => told("notifications/resources/updated", params);
const acknowledged = async (notifications: unknown) =>
  JSON.parse(String(await told("notifications/subscriptions/acknowledged", { notifications, _meta: { n: 1e2 } })));

test("an update passes as it is, or not at all", async () => {
  expect(await updated({ uri: "crm://open/1" })).toBe(
    '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"crm://open/1"}}',
  );
  expect(await updated({ uri: "crm://secret" })).toBeNull();
});

test("an acknowledgement loses what its caller may not listen to, and nothing else", async () => {
  const asked = ["crm://open/1", "crm://secret", 7, "crm://open/1"];
  expect(await acknowledged({ toolsListChanged: true, resourceSubscriptions: asked })).toMatchObject({
    params: {
      notifications: { toolsListChanged: true, resourceSubscriptions: ["crm://open/1", "crm://open/1"] },
      _meta: { n: 100 },
    },
  });
  expect(await acknowledged({ toolsListChanged: true })).toMatchObject({
    params: { notifications: { toolsListChanged: true } },
  });
});

test("what tells of no resource passes as it is", async () => {
  expect(await told("notifications/message", { URI: "crm://secret" })).toContain("crm://secret");
});

test.each([
  ["params that are no object", "notifications/resources/updated", []],
  ["no resource", "notifications/resources/updated", {}],
  ["a resource under two spellings", "notifications/resources/updated", { uri: "crm://open", URI: "crm://secret" }],
  ["subscriptions under another spelling", "notifications/subscriptions/acknowledged", { Notifications: {} }],
  [
    "subscriptions that are no list",
    "notifications/subscriptions/acknowledged",
    { notifications: { resourceSubscriptions: "crm://open" } },
  ],
])("%s is refused", async (_what, method, params) => {
  await expect(told(method, params)).rejects.toMatchObject({ code: "upstream_answer_refused" });
});
