/**
 * A tool server that answers each call, of MCP 2025-11-25 or of plain HTTP, with EVENTS log messages of BYTES, no two alike, one a turn of its
 * event loop, and then the result. Listens on PORT.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const [count, bytes] = [Number(process.env["EVENTS"]), Number(process.env["BYTES"])];
const events = Array.from({ length: count }, (_, at) => event(at, bytes));
const tool = { name: "find_ticket", inputSchema: { type: "object" } };

createServer((req, res) => void answer(req, res)).listen(Number(process.env["PORT"]), "127.0.0.1");

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { id = 0, method } = (text === "" ? {} : JSON.parse(text)) as {
    readonly id?: number;
    readonly method?: string;
  };
  if (text === "" || (method !== undefined && method !== "tools/call")) {
    const result = method === "tools/list" ? { tools: [tool] } : {};
    res.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    return;
  }
  res.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  const next = (): void => {
    if (sent === count) {
      const result = { content: [{ type: "text", text: "done" }] };
      res.end(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
      return;
    }
    if (res.write(events[sent++])) setImmediate(next);
    else res.once("drain", next);
  };
  next();
}

function event(at: number, size: number): string {
  const message = (data: string) =>
    `event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data } })}\n\n`;
  const words = `Ticket t-${at} was looked at, and the customer of order c-47${at} was told about it. `;
  return message(words.repeat(Math.ceil(size / words.length)).slice(0, Math.max(0, size - message("").length)));
}
