import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../lib/json.ts";
import { parseJson } from "../../../lib/parse-json.ts";

/** A tool server on loopback that answers every call with what was recorded: over plain HTTP, and as an MCP server. */
export interface RecordedTools {
  readonly origin: string;
  /** The answer from now on. */
  answerWith(result: JsonValue): void;
  /** Calls that have arrived so far. */
  arrived(): number;
  close(): Promise<void>;
}

/** Where it takes MCP messages. */
export const mcpAtTools = "/mcp";

/** Starts it on a free port. */
export async function recordedTools(): Promise<RecordedTools> {
  let result: JsonValue = null;
  let arrived = 0;
  const server = createServer((req, res) => {
    const answered = bodyOf(req).then((body) => {
      const message = req.url === mcpAtTools ? (parseJson(body) as JsonObject) : null;
      if (message === null || message["method"] === "tools/call") arrived += 1;
      const answer = JSON.stringify(message === null ? result : answerTo(message, result));
      res.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) });
      res.end(answer);
    });
    // Whoever leaves in the middle of its request gets none.
    answered.catch(() => res.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve());
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerWith: (next) => void (result = next),
    arrived: () => arrived,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function answerTo({ id = null, method }: JsonObject, result: JsonValue): JsonObject {
  if (method === "tools/call") return { jsonrpc: "2.0", id, result: asToolResult(result) };
  return { jsonrpc: "2.0", id, error: { code: -32601, message: "only calls of tools were recorded" } };
}

/** A recorded result that is one of MCP is given as it is; of any other JSON both forms that MCP has for it. */
export function asToolResult(result: JsonValue): JsonObject {
  if (isJsonObject(result) && Array.isArray(result["content"]) && result["content"].every(isBlock)) return result;
  const text = typeof result === "string" ? result : JSON.stringify(result);
  return { content: [{ type: "text", text }], ...(isJsonObject(result) ? { structuredContent: result } : {}) };
}

function isBlock(value: unknown): boolean {
  return isJsonObject(value) && typeof value["type"] === "string";
}
