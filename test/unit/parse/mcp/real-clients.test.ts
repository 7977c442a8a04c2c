import { createServer, request, type RequestListener, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { crmServer } from "../../../../demo/crm/tools.ts";
import { Executions } from "../../../../demo/tools/executions.ts";
import { DeadConnections } from "../../../../gateway/domain/connections.ts";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import type { CanonicalRequest, ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { createParse } from "../../../../gateway/parse/parse.ts";
import { route } from "../../../support/builders.ts";
import { clientNames, mcpClient } from "../../../support/mcp-clients.ts";
import { exchangeOf } from "../../../support/parser.ts";

const calls: ToolCall[] = [];
const refusals: string[] = [];
const servers: Server[] = [];
let url = "";

beforeAll(async () => {
  const upstream = await listen(toNodeHandler(createMcpHandler(() => crmServer(new Executions()))) as RequestListener);
  const methods = new Set(["GET", "POST", "DELETE"]);
  const crm = route({ id: "crm", prefix: "/crm", upstreamPrefix: "/mcp", protocol: "mcp", server: "crm", methods });
  const parse = createParse([crm], { requestTimeoutMs: 60_000, maxHeaders: 100, connections: new DeadConnections() });
  const port = await listen((req, res) => {
    parse(exchangeOf(req, res)).then(
      (call) => {
        calls.push(call);
        forward(upstream, call.request, res);
      },
      (thrown: unknown) => {
        const refusal = asRefusal(thrown);
        refusals.push(`${req.method} ${refusal.code} ${refusal.hint}`);
        res.writeHead(refusal.status).end();
      },
    );
  });
  url = `http://127.0.0.1:${port}/crm`;
});
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** Sends the canonical request and nothing else. */
function forward(
  port: number,
  { method, target, headers, contentType, body }: CanonicalRequest,
  res: ServerResponse,
): void {
  const own = ["Host", "127.0.0.1", "Content-Length", String(body.length), ...headers.flat()];
  if (contentType !== null) own.push("content-type", contentType);
  const upstream = request({ port, host: "127.0.0.1", method, path: target, headers: own }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  upstream.on("error", () => res.destroy());
  upstream.end(body);
}

test.each(clientNames)("reads all that the client %s sends, and what it forwards works", async (name) => {
  calls.splice(0);
  refusals.splice(0);
  const client = await mcpClient(name, url, null);
  expect(await client.tools()).toContain("find_ticket");
  const found = await client.call("find_ticket", { query: "refund" }, { onprogress: () => undefined });
  expect(found.isError).toBe(false);
  await client.close();
  expect(refusals).toEqual([]);
  const call = calls.find(({ action }) => action === "tools/call");
  const era = name === "v2 modern" ? "modern" : "legacy";
  expect(call).toMatchObject({
    resourceType: "tool",
    name: "find_ticket",
    arguments: { query: "refund" },
    mcp: { era, acceptsEventStream: true },
  });
  expect(call?.mcp?.progressToken).not.toBeNull();
});
