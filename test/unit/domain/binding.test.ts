import { actionBinding } from "../../../gateway/domain/binding.ts";
import type { SessionFact } from "../../../gateway/domain/facts.ts";
import type { McpMessage, ToolCall } from "../../../gateway/domain/tool-call.ts";
import { facts, route, subject, toolCall } from "../../support/builders.ts";

const message: McpMessage = {
  era: "legacy",
  version: "2025-11-25",
  kind: "request",
  id: 1,
  method: "tools/call",
  progressToken: null,
  transportSession: "m1",
  acceptsEventStream: false,
  tasks: null,
};

type Headers = readonly (readonly [string, string])[];

function bound(
  headers: Headers,
  changes: Partial<ToolCall> = {},
  session: Partial<Pick<SessionFact, "id" | "trust">> = {},
) {
  const base = toolCall(changes);
  const known = facts();
  const call = { ...base, request: { ...base.request, headers } };
  return actionBinding(call, subject(), { ...known, session: { ...known.session, ...session }, environment: "test" });
}

test.each([
  ["the token", "token"],
  ["the agent", "self"],
] as const)("binds the session that %s names, and no transport session", (_who, trust) => {
  const of = bound([["mcp-session-id", "m1"]], { mcp: message }, { id: "s1", trust });
  expect(of).toMatchObject({ session: "s1", session_trust: trust, headers: [] });
});

test.each(["m1", "m2"])("binds the caller where nothing but the transport session %s names one", (id) => {
  const of = bound([["mcp-session-id", id]], { mcp: { ...message, transportSession: id } }, { id, trust: "transport" });
  expect(of).toMatchObject({ session: "principal:refund-bot", session_trust: "none", headers: [] });
});

test("binds the session that the agent names beside a transport session", () => {
  const changes = { mcp: message, declaredSession: "run-7" };
  expect(bound([], changes, { id: "m1", trust: "transport" })).toMatchObject({
    session: "run-7",
    session_trust: "self",
  });
  expect(bound([], changes, { id: "s1", trust: "token" })).toMatchObject({ session: "s1", session_trust: "token" });
});

test("binds the caller where nothing but a trace names a session: each call may have one of its own", () => {
  expect(bound([], { declaredTrace: "c1" }, { id: "c1", trust: "trace" })).toMatchObject({
    session: "principal:refund-bot",
    session_trust: "none",
  });
});

const carried: Headers = [
  ["accept-language", "de"],
  ["mcp-session-id", "m1"],
  ["priority", "u=1"],
  ["sec-fetch-mode", "cors"],
  ["user-agent", "python-httpx/0.28"],
];

test("binds no header of the transport", () => {
  expect(bound(carried).headers).toEqual([]);
});

test("binds a header of the transport to which the route gives a meaning", () => {
  const hold = { ...route().hold, boundHeaders: new Set(["accept-language", "mcp-session-id"]) };
  expect(bound(carried, { route: route({ hold }) }).headers).toEqual([
    ["accept-language", "de"],
    ["mcp-session-id", "m1"],
  ]);
});

test("binds a header of the transport that the tool's operation declares", () => {
  const definition = {
    parameters: [
      { in: "header", name: "Accept-Language" },
      { in: "query", name: "priority" },
    ],
  };
  expect(bound(carried, { definition }).headers).toEqual([["accept-language", "de"]]);
});

test("binds Accept, which can change what plain HTTP does, and not where MCP fixes it", () => {
  const accept: Headers = [["accept", "application/vnd.dry-run+json"]];
  expect(bound(accept).headers).toEqual(accept);
  expect(bound(accept, { mcp: message }).headers).toEqual([]);
});

test("binds a header that nobody knows", () => {
  expect(bound([["x-dry-run", "1"]], { mcp: message }).headers).toEqual([["x-dry-run", "1"]]);
});
