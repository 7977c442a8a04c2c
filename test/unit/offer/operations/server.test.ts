import { describeOperations } from "../../../../gateway/offer/operations/describe.ts";
import { OperationServer } from "../../../../gateway/offer/operations/server.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage, McpVersion, ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { evaluated, facts, route, toolCall } from "../../../support/builders.ts";

const openapi = {
  openapi: "3.1.0",
  info: { title: "Things", version: "2.0" },
  paths: { "/a": { get: { operationId: "shown" }, post: { operationId: "hidden" } } },
};
const http = route({ server: "things", openapi });
const offered = describeOperations(http, () => true);
const server = new OperationServer({
  offeredBy: () => offered,
  visibility: { of: (_evaluated, name) => name !== "hidden" },
  factOf: () => facts().definition,
  lists: { present: async ({ query }, message) => (query === null ? message : `searched ${query.text}`) },
});

async function answer(
  action: string,
  version: McpVersion,
  changes: Partial<ToolCall> = {},
  kind: McpMessage["kind"] = "request",
) {
  const written = { status: 0, text: "" };
  const res = {
    headersSent: false,
    writeHead(status: number) {
      written.status = status;
      return res;
    },
    end: (text = "") => void (written.text = text),
  };
  const era = version === "2026-07-28" ? "modern" : "legacy";
  const mcp = { era, version, kind, id: kind === "request" ? 0 : null, method: action } as McpMessage;
  const call = toolCall({ route: { ...http, operationsOf: http }, action, mcp, ...changes });
  const outcome = await server.answer({ res } as unknown as Exchange, evaluated({ call }), () => Promise.resolve());
  const { status, text } = written;
  return { outcome: outcome.kind, status, body: text.startsWith("{") ? (JSON.parse(text) as object) : text };
}

it("opens a conversation in the version that was asked for, or in the newest with a handshake", async () => {
  const opened = (protocolVersion: string, version: McpVersion) =>
    answer("initialize", version, { arguments: { protocolVersion } });
  expect(await opened("2025-06-18", "2025-06-18")).toMatchObject({
    outcome: "answered",
    body: {
      id: 0,
      result: { protocolVersion: "2025-06-18", serverInfo: { name: "things", title: "Things", version: "2.0" } },
    },
  });
  expect(await opened("2019-01-01", "2025-03-26")).toMatchObject({
    body: { result: { protocolVersion: "2025-11-25", capabilities: { tasks: {} } } },
  });
  expect(await opened("2026-07-28", "2025-03-26")).toMatchObject({
    body: { result: { protocolVersion: "2025-11-25" } },
  });
});

it("tells what it is at 2026-07-28", async () => {
  const discovered = { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} } };
  expect(await answer("server/discover", "2026-07-28")).toMatchObject({ body: { result: discovered } });
});

it("lists what the caller may see, or what it looks for", async () => {
  const list = await answer("tools/list", "2026-07-28");
  expect(list).toMatchObject({ body: { result: { tools: [{ name: "shown" }], ttlMs: 0, cacheScope: "private" } } });
  expect(JSON.stringify(list)).not.toContain("hidden");
  const legacy = await answer("tools/list", "2025-11-25");
  expect(legacy).toMatchObject({ body: { result: { tools: [{ execution: { taskSupport: "optional" } }] } } });
  expect((await answer("tools/list", "2025-11-25", { toolQuery: { text: "x", limit: 1 } })).body).toBe("searched x");
});

it("answers a ping, takes notifications, and knows no tool that is none of its own", async () => {
  expect(await answer("ping", "2025-11-25")).toMatchObject({ status: 200, body: { result: {} } });
  expect(await answer("notifications/initialized", "2025-11-25", {}, "notification")).toMatchObject({
    status: 202,
    body: "",
  });
  const unknown = { error: { code: -32602, message: "Unknown tool: none" } };
  expect((await answer("tools/call", "2025-11-25", { name: "none" })).body).toMatchObject(unknown);
});

it("refuses what it does not have", async () => {
  await expect(answer("prompts/list", "2025-11-25")).rejects.toMatchObject({ code: "mcp_method_unknown" });
});
