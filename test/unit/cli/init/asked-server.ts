import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const closing: (() => void)[] = [];

export function closeServers(): void {
  for (const close of closing.splice(0)) close();
}

export const answers: Readonly<Record<string, object>> = {
  initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "crm", version: "1" } },
  "tools/list": { tools: [{ name: "find", inputSchema: { type: "object" } }] },
};

/** An MCP server that answers those alone who are let in; others get what `refuse` says. */
export async function startServer(
  lets: (headers: IncomingHttpHeaders) => boolean,
  refuse: (response: ServerResponse, headers: IncomingHttpHeaders) => void,
  given = answers,
): Promise<string> {
  const server = createServer((request, response) => {
    if (!lets(request.headers)) return refuse(response, request.headers);
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { id, method } = JSON.parse(body === "" ? "{}" : body) as { id?: number; method?: string };
      if (id === undefined) return void response.writeHead(request.method === "POST" ? 202 : 405).end();
      const result = given[method ?? ""];
      const answer = result === undefined ? { error: { code: -32601, message: "unknown" } } : { result };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

export const challenge = (value: string) => (response: ServerResponse) =>
  void response.writeHead(401, { "www-authenticate": value }).end();

/** A program that is an MCP server where it gets this secret. */
export const keyedBy = (secret: string): string => `import { createInterface } from "node:readline";
if (process.env.API_KEY !== ${JSON.stringify(secret)}) {
  console.error("no key, but " + process.env.API_KEY);
  process.exit(1);
}
const answers = ${JSON.stringify(answers)};
for await (const line of createInterface(process.stdin)) {
  const { id, method } = JSON.parse(line);
  const answer = method in answers ? { result: answers[method] } : { error: { code: -32601, message: "unknown" } };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
}
`;
