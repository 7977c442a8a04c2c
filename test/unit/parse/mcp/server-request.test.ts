import type { Exchange, PendingServerRequest } from "../../../../gateway/domain/exchange.ts";
import { asksSomething, isAskedOfClients, withServerRequests } from "../../../../gateway/parse/mcp/server-request.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { evaluated, route, toolCall } from "../../../support/builders.ts";

const mcp = { era: "legacy", version: "2025-11-25", kind: "request", id: 3, transportSession: "s1" } as McpMessage;
const ofCaller = toolCall({ name: "of the caller" });
const parse = withServerRequests(() => ofCaller);

/** What is read of a request of a tool server, on the answer to a call. */
function read(changes: Partial<PendingServerRequest> = {}, within = toolCall({ mcp })) {
  const serverRequest: PendingServerRequest = {
    within: evaluated({ call: within }),
    id: 7,
    method: "elicitation/create",
    params: { message: "Sure?", _meta: { progressToken: 1 } },
    tool: "ask",
    pass: async () => null,
    refused: () => undefined,
    ...changes,
  };
  return parse({ serverRequest } as Partial<Exchange> as Exchange);
}

test("leaves requests of callers to the parser that they come to", async () => {
  expect(await parse({} as Exchange)).toBe(ofCaller);
});

test.each([
  ["sampling/createMessage", "sampling"],
  ["elicitation/create", "elicitation"],
  ["roots/list", "roots"],
])("reads %s as a call to the server, with what it asks for but for `_meta`", async (method, resourceType) => {
  expect([asksSomething(method), isAskedOfClients(method)]).toEqual([true, true]);
  const call = await read({ method });
  expect(call).toMatchObject({
    action: method,
    resourceType,
    arguments: { message: "Sure?" },
    argumentsOmitted: false,
  });
  expect(call.arguments).not.toHaveProperty("_meta");
  expect(call).toMatchObject({
    name: "payments",
    serverRequest: { tool: "ask" },
    mcp: { kind: "request", id: 7, method },
  });
});

test("reads nothing of what is asked where the route keeps arguments from policy", async () => {
  const body = { ...route().body, policy: "omit" as const };
  const call = await read({}, toolCall({ route: route({ body }), mcp }));
  expect(call).toMatchObject({ arguments: {}, argumentsOmitted: true });
});

test("knows what asks nothing of anybody", () => {
  for (const method of ["ping", "tasks/get", "tasks/result", "tasks/list", "tasks/cancel"])
    expect([asksSomething(method), isAskedOfClients(method)]).toEqual([false, false]);
});

test.each(["tools/call", "__proto__", ""])("refuses %j, which no server asks", (method) => {
  expect([asksSomething(method), isAskedOfClients(method)]).toEqual([true, false]);
  expect(() => read({ method })).toThrow(expect.objectContaining({ code: "mcp_method_unknown" }));
});
