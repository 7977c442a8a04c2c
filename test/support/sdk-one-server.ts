import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
} from "@modelcontextprotocol/sdk/types.js";

export interface SdkOneServer {
  readonly origin: string;
  /** How often each tool ran to its end. */
  readonly calls: Map<string, number>;
  close(): Promise<void>;
}

const longForm = {
  message: "Please fill in what you know of the customer. We never ask for passwords.",
  requestedSchema: {
    type: "object" as const,
    properties: Object.fromEntries(
      Array.from({ length: 40 }, (_, field) => [
        `field_${field}`,
        {
          type: "string" as const,
          title: `Field ${field}`,
          description: "What the customer wrote in the letter that came today",
        },
      ]),
    ),
  },
};

/**
 * A tool server as the SDK 1.x makes it, which makes no tasks: `plain` answers, `asks` elicits from its client, `samples` asks its
 * model and `roots` for its folders, all on the stream of the call; `late` elicits on the stream of the session. `secret` asks for a
 * password, `page` sends the person to a page, and `many` asks for 40 fields.
 */
export async function sdkOneServer(): Promise<SdkOneServer> {
  const calls = new Map<string, number>();
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers: McpServer[] = [];
  const http = createServer((req, res) => void handle(req, res).catch(() => res.destroy()));

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const known = sessions.get(String(req.headers["mcp-session-id"]));
    if (known !== undefined) return known.handleRequest(req, res);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = tools(calls);
    servers.push(server);
    await server.connect(transport);
    await transport.handleRequest(req, res);
  }

  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    calls,
    close: async () => {
      // Those that still wait for an answer of their clients.
      await Promise.all(servers.map((server) => server.close()));
      http.closeAllConnections();
      await new Promise<void>((done) => void http.close(() => done()));
    },
  };
}

function tools(calls: SdkOneServer["calls"]): McpServer {
  const server = new McpServer({ name: "sdk-one", version: "1" });
  const said = (tool: string, text: string) => {
    calls.set(tool, (calls.get(tool) ?? 0) + 1);
    return { content: [{ type: "text" as const, text }] };
  };
  server.registerTool("plain", { description: "Answers." }, () => said("plain", "done"));
  server.registerTool("asks", { description: "Asks a person." }, async ({ sendRequest }) => {
    const params = { message: "Sure?", requestedSchema: { type: "object" as const, properties: {} } };
    const { action } = await sendRequest({ method: "elicitation/create", params }, ElicitResultSchema);
    return said("asks", `the person said ${action}`);
  });
  server.registerTool("samples", { description: "Asks a model." }, async ({ sendRequest }) => {
    const messages = [{ role: "user" as const, content: { type: "text" as const, text: "Sure?" } }];
    const params = { messages, maxTokens: 5 };
    const { model } = await sendRequest({ method: "sampling/createMessage", params }, CreateMessageResultSchema);
    return said("samples", `the model was ${model}`);
  });
  server.registerTool("roots", { description: "Asks for folders." }, async ({ sendRequest }) => {
    const { roots } = await sendRequest({ method: "roots/list" }, ListRootsResultSchema);
    return said("roots", roots.map(({ uri }) => uri).join());
  });
  const form = (name: string) => ({
    message: "Who?",
    requestedSchema: { type: "object" as const, properties: { [name]: { type: "string" as const } } },
  });
  server.registerTool("late", { description: "Asks later." }, async () => {
    const { action } = await server.server.elicitInput(form("name"));
    return said("late", `the person said ${action}`);
  });
  server.registerTool("secret", { description: "Asks for a secret." }, async ({ sendRequest }) => {
    const { action } = await sendRequest(
      { method: "elicitation/create", params: form("password") },
      ElicitResultSchema,
    );
    return said("secret", `the person said ${action}`);
  });
  server.registerTool("many", { description: "Asks for many fields." }, async ({ sendRequest }) => {
    const { action } = await sendRequest({ method: "elicitation/create", params: longForm }, ElicitResultSchema);
    return said("many", `the person said ${action}`);
  });
  server.registerTool("page", { description: "Sends to a page." }, async ({ sendRequest }) => {
    const params = { mode: "url" as const, message: "Sign", elicitationId: "e-1", url: "https://pay.example/sign" };
    const { action } = await sendRequest({ method: "elicitation/create", params }, ElicitResultSchema);
    return said("page", `the person said ${action}`);
  });
  return server;
}
