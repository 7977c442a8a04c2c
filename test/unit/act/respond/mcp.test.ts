import type { ServerResponse } from "node:http";
import { mcpAnswer, respondMcp, unknownAnswer } from "../../../../gateway/act/respond/mcp.ts";
import { errorOfRefusal } from "../../../../gateway/act/respond/refusal-wording.ts";
import type { ListedKind } from "../../../../gateway/domain/definition-kinds.ts";
import { type ErrorCode, Refusal } from "../../../../gateway/domain/errors.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const told = (code: ErrorCode, data: JsonObject = {}) => errorOfRefusal(new Refusal(code, { data }), "d_1");
const rpc = (method: string, modern = false, id: number | null = 1) => ({ id, method, modern });

/** The status that an answer is written with. */
function statusOf(code: ErrorCode, about: ReturnType<typeof rpc>): number {
  const written = { headersSent: false, writeHead: () => undefined, end: () => undefined };
  return respondMcp(written as unknown as ServerResponse, told(code), about);
}

test("carries what the protocol defines for an error beside the gateway's own data", () => {
  const answer = JSON.parse(mcpAnswer(told("mcp_version_unsupported", { requested: "x" }), rpc("ping"))) as object;
  expect(answer).toMatchObject({ error: { code: -32_022, data: { id: "d_1", requested: "x" } } });
});

test.each<[string, number, ReturnType<typeof rpc>]>([
  ["200 to a request of a session, which a 404 would end", 200, rpc("no/such")],
  ["400 to a notification of a session", 400, rpc("notifications/no-such", false, null)],
  ["404 where there are no sessions", 404, rpc("no/such", true)],
])("answers an unknown method with %s", (_, status, about) => {
  expect(statusOf("mcp_method_unknown", about)).toBe(status);
});

test("keeps the 404 of a session that is unknown, so that the client begins a new one", () => {
  expect(statusOf("mcp_session_unknown", rpc("tools/list"))).toBe(404);
});

test("answers for what is hidden in the specification's words for what does not exist, by kind and version", () => {
  const hidden = (resourceType: ListedKind, modern: boolean) =>
    (JSON.parse(unknownAnswer(rpc("any", modern), { resourceType, name: "a:b" })) as { error: object }).error;
  const named = (what: string) => ({ code: -32_602, message: `Unknown ${what}: a:b` });
  expect(hidden("tool", true)).toEqual(named("tool"));
  expect(hidden("prompt", false)).toEqual(named("prompt"));
  expect(hidden("resource_template", false)).toEqual(named("resource template"));
  const unread = { message: "Resource not found", data: { uri: "a:b" } };
  expect(hidden("resource", false)).toEqual({ code: -32_002, ...unread });
  expect(hidden("resource", true)).toEqual({ code: -32_602, ...unread });
});

test("says of a task that policy keeps from its caller what it says of an unknown one", () => {
  const codeOf = (code: ErrorCode, method: string) =>
    (JSON.parse(mcpAnswer(told(code), rpc(method, true))) as { error: { code: number } }).error.code;
  expect([codeOf("policy_denied", "tasks/get"), codeOf("task_unknown", "tasks/get")]).toEqual([-32_602, -32_602]);
  expect(codeOf("policy_denied", "resources/read")).toBe(1_403);
  expect(codeOf("token_invalid", "tasks/get")).toBe(401);
});
