import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, type McpHttpHandler, McpServer } from "@modelcontextprotocol/server";

/** What it tells its listeners is changed by its tool `change`, what it tells on the stream of a call by `say`. */
function serverOf(notify: () => McpHttpHandler["notify"]): McpServer {
  const capabilities = { logging: {}, tools: { listChanged: true }, prompts: { listChanged: true } };
  const resources = { listChanged: true, subscribe: true };
  const made = new McpServer({ name: "modern", version: "1" }, { capabilities: { ...capabilities, resources } });
  const done = { content: [{ type: "text" as const, text: "done" }] };
  made.registerTool("say", { description: "Tells progress and logs." }, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [1, 2])
      await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 2 } });
    await mcpReq.log("debug", { said: "\u2028" }, "modern");
    return done;
  });
  made.registerTool("change", { description: "Tells that everything has changed." }, () => {
    notify().toolsChanged();
    notify().promptsChanged();
    notify().resourcesChanged();
    notify().resourceUpdated("note://one");
    notify().resourceUpdated("note://nobody-listens");
    return done;
  });
  made.registerResource("one", "note://one", {}, ({ href }) => ({ contents: [{ uri: href, text: "one" }] }));
  made.registerPrompt("greet", { description: "Greets." }, () => ({
    messages: [{ role: "user", content: { type: "text", text: "hello" } }],
  }));
  return made;
}

/** A server of MCP 2026-07-28, as SDK 2 makes it. */
export async function startModern(): Promise<{ readonly origin: string; stop(): Promise<void> }> {
  const handler: McpHttpHandler = createMcpHandler(() => serverOf(() => handler.notify));
  const handle = toNodeHandler(handler) as (req: IncomingMessage, res: ServerResponse) => unknown;
  const http = createServer((req, res) => void handle(req, res));
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    stop: () => {
      http.closeAllConnections();
      return new Promise((done) => http.close(() => done()));
    },
  };
}
