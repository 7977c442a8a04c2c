import type { JsonObject, JsonValue } from "../../../../gateway/lib/json.ts";
import { readMessage } from "../../../../gateway/parse/mcp/rpc.ts";
import { readSubjectMatter, resourceTypeOf, withoutMeta } from "../../../../gateway/parse/mcp/subject.ts";
import { message } from "../../../support/mcp-parser.ts";
import { codeOf } from "../../../support/parser.ts";

const read = (type: "tool" | "prompt" | "resource" | "reference" | "server", params: JsonObject) =>
  readSubjectMatter(type, readMessage(message({ params })), {
    server: "crm",
    session: { header: "x-run", meta: "x/run" },
  });

test("reads the tool of a call, its arguments and what else reaches the tool server beside them", () => {
  const task = { ttl: 1 };
  const _meta = { progressToken: 1, traceparent: "00-1", "x/run": "run-7", "example.org/dry-run": true };
  expect(read("tool", { name: "find_ticket", arguments: { query: "a" }, task, _meta })).toEqual({
    resourceType: "tool",
    name: "find_ticket",
    arguments: { query: "a" },
    beside: { task, _meta: { "example.org/dry-run": true } },
  });
  expect(read("tool", { name: "find_ticket", _meta: { progressToken: 1 } })).toMatchObject({
    arguments: {},
    beside: {},
  });
});

test("reads the prompt by its name, a resource by its address, anything else as of the server", () => {
  expect(read("prompt", { name: "a summary" })).toMatchObject({ resourceType: "prompt", name: "a summary" });
  expect(read("resource", { uri: "crm://7", _meta: {} })).toEqual({
    resourceType: "resource",
    name: "crm://7",
    arguments: { uri: "crm://7" },
    beside: {},
  });
  expect(read("server", { cursor: "c", _meta: {} })).toEqual({
    resourceType: "server",
    name: "crm",
    arguments: { cursor: "c" },
    beside: {},
  });
});

test.each(["resource", "reference"] as const)("an approval of a %s binds what its _meta asks for", (type) => {
  const params = type === "resource" ? { uri: "crm://7" } : { ref: { type: "ref/prompt", name: "a" } };
  const _meta = { progressToken: 1, "x/run": "run-7", "example.org/as": "admin" };
  expect(read(type, { ...params, _meta }).beside).toEqual({ _meta: { "example.org/as": "admin" } });
});

test.each(["claudecode/toolUseId", "vscode.requestId", "vscode.conversationId"])(
  "an approval does not bind the id that a client puts into %s, and binds what is no id",
  (key) => {
    const bound = (value: JsonValue) => read("tool", { name: "pay", _meta: { [key]: value } }).beside;
    expect([bound("toolu_A"), bound("a".repeat(200))]).toEqual([{}, {}]);
    for (const value of ["a".repeat(201), 7, null, { as: "admin" }, ["toolu_A"]])
      expect(bound(value)).toEqual({ _meta: { [key]: value } });
    expect(read("tool", { name: "pay", _meta: { [key.toUpperCase()]: "a" } }).beside).not.toEqual({});
  },
);

test.each<[string, "tool" | "prompt" | "resource", JsonObject]>([
  ["a tool with a name of other characters", "tool", { name: "t\u00e4t" }],
  ["a tool with a name of 129 characters", "tool", { name: "a".repeat(129) }],
  ["a tool with a param that MCP does not have", "tool", { name: "a", tool: "b" }],
  ["a prompt with a param that MCP does not have", "prompt", { name: "a", uri: "b" }],
  ["a prompt with a line feed in its name", "prompt", { name: "a\nb" }],
  ["a resource without an address", "resource", {}],
  ["a resource with a number as address", "resource", { uri: 1 }],
  ["arguments as a list", "tool", { name: "a", arguments: [] }],
])("refuses %s", (_what, type, params) => {
  expect(codeOf(() => read(type, params))).toBe("rpc_invalid");
});

test("knows the methods of each version, and none of another", () => {
  expect(resourceTypeOf("tools/call", "2025-03-26")).toBe("tool");
  expect(resourceTypeOf("ping", "2024-11-05")).toBe("server");
  expect(resourceTypeOf("tools/call", "2026-07-28")).toBe("tool");
  expect(resourceTypeOf("resources/subscribe", "2025-11-25")).toBe("resource");
  expect(codeOf(() => resourceTypeOf("resources/subscribe", "2026-07-28"))).toBe("mcp_method_unknown");
  expect(resourceTypeOf("tasks/update", "2026-07-28")).toBe("server");
  expect(codeOf(() => resourceTypeOf("tasks/update", "2025-11-25"))).toBe("mcp_method_unknown");
  expect(codeOf(() => resourceTypeOf("constructor", "2025-11-25"))).toBe("mcp_method_unknown");
});

test("leaves _meta out of what is judged as arguments, and params without it as they are", () => {
  const params = { cursor: "c" };
  expect(withoutMeta(params)).toBe(params);
  expect(withoutMeta({ ...params, _meta: {} })).toEqual(params);
});

test.each([
  ["subscriptions/listen", "2025-11-25", "not a client's method in MCP 2025-11-25, but one from 2026-07-28 on"],
  ["ping", "2026-07-28", "not a client's method in MCP 2026-07-28, but one from 2024-11-05 to 2025-11-25"],
  ["tools/destroy", "2025-11-25", "not a client's method in MCP 2025-11-25"],
] as const)("says of %s at %s which versions have it", (method, version, hint) => {
  expect(() => resourceTypeOf(method, version)).toThrow(expect.objectContaining({ hint }));
});
