/**
 * A tool server of MCP that answers each call with 1 KB of JSON as text. Listens on PORT. GET /bench-status tells how many requests it has
 * had, in the form of nginx.
 */
import { createServer } from "node:http";
import { answerBody } from "../world/call.ts";

const tool = { name: "find_ticket", inputSchema: { type: "object" } };
const results: Readonly<Record<string, object>> = {
  "tools/list": { tools: [tool] },
  "tools/call": { content: [{ type: "text", text: answerBody(1024).toString() }] },
};

let requests = 0;
createServer((req, res) => {
  requests += 1;
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", () => {
    if (req.url === "/bench-status") {
      res.end(`Active connections: 1 \nserver accepts handled requests\n 1 1 ${requests} \n`);
      return;
    }
    const { id = null, method = "" } = JSON.parse(Buffer.concat(chunks).toString()) as { id?: number; method?: string };
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} }));
  });
}).listen(Number(process.env["PORT"]), "127.0.0.1");
