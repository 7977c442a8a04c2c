import { actionBinding } from "../../../gateway/domain/binding.ts";
import type { SessionFact } from "../../../gateway/domain/facts.ts";
import type { McpMessage } from "../../../gateway/domain/tool-call.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";

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

function boundIn(session: Pick<SessionFact, "id" | "trust">, mcp: McpMessage | null = message) {
  const base = toolCall({ mcp });
  const call = { ...base, request: { ...base.request, headers: [["mcp-session-id", "m1"]] as const } };
  const known = facts();
  return actionBinding(call, subject(), { ...known, session: { ...known.session, ...session }, instance: "gw-1" });
}

test.each(["token", "self"] as const)("binds the tool server's session where the %s names another", (trust) => {
  expect(boundIn({ id: "s1", trust }).headers).toEqual([["mcp-session-id", "m1"]]);
});

test("binds the tool server's session once where nobody names another", () => {
  expect(boundIn({ id: "m1", trust: "transport" })).toMatchObject({ session: "m1", headers: [] });
});

test("binds the header of that name of a call that is no MCP", () => {
  expect(boundIn({ id: "m1", trust: "transport" }, null).headers).toEqual([["mcp-session-id", "m1"]]);
});
