import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { UpstreamCancellations } from "../../../../gateway/act/forward/cancel-upstream.ts";
import { SideMessages } from "../../../../gateway/act/forward/side-messages.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { route, toolCall } from "../../../support/builders.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const message: McpMessage = {
  era: "legacy",
  version: "2025-11-25",
  kind: "request",
  id: 7,
  method: "tools/call",
  progressToken: null,
  transportSession: "t-1",
  acceptsEventStream: true,
  tasks: null,
};
const by = { kind: "subject", id: "k_1", reason: "stolen by Bob" } as const;

/** A server that takes notifications, or says nothing when it is `silent`. */
async function world(isSilent = false) {
  const heard: { readonly headers: IncomingMessage["headers"]; readonly body: string }[] = [];
  const server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => (body += String(chunk)));
    req.on("end", () => {
      heard.push({ headers: req.headers, body });
      if (!isSilent) res.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const messages = new SideMessages(() => new Pool(origin));
  const cancellations = new UpstreamCancellations(messages);
  closing.push(
    () => new Promise((done) => server.close(done)),
    () => server.closeAllConnections(),
    () => messages.destroy(),
  );
  const base = route({ protocol: "mcp" });
  const to = { ...base, upstream: { ...base.upstream, origin } };
  const cancel = (mcp: McpMessage | null, action = "tools/call") =>
    cancellations.cancel(
      toolCall({ route: to, mcp, action }),
      {
        headers: ["mcp-session-id", "t-1", "content-type", "application/json", "mcp-name", "x", "idempotency-key", "k"],
        injection: { ...noInjection, headers: ["authorization", "Bearer own"] },
      },
      by,
    );
  return { heard, cancel, server };
}

test("tells the server which request is off, in its session and with the gateway's credential, and not why", async () => {
  const { heard, cancel } = await world();
  await cancel(message);
  const [one] = heard;
  expect(JSON.parse(one?.body ?? "")).toEqual({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7, reason: "access ended (subject)" },
  });
  expect(one?.headers).toMatchObject({ "mcp-session-id": "t-1", authorization: "Bearer own" });
  expect(one?.headers).not.toHaveProperty("mcp-name");
  expect(one?.headers).not.toHaveProperty("idempotency-key");
});

test.each([
  ["plain HTTP", null, "tools/call"],
  ["MCP 2026-07-28, which takes the closed stream for it", { ...message, era: "modern" as const }, "tools/call"],
  ["a notification", { ...message, kind: "notification" as const, id: null }, "notifications/initialized"],
  ["a stream of server messages", { ...message, kind: "stream" as const, id: null }, "transport/stream"],
  ["initialize, which must not be called off", message, "initialize"],
])("calls nothing off for %s", async (_what, mcp, action) => {
  const { cancel, heard } = await world();
  expect([cancel(mcp, action), heard]).toEqual([undefined, []]);
});

test("waits for a server that says nothing no longer than it must, and not for one that is not there", async () => {
  const silent = await world(true);
  await silent.cancel(message);
  expect(silent.heard).toHaveLength(1);
  const gone = await world();
  await new Promise((done) => gone.server.close(done));
  await gone.cancel(message);
  expect(gone.heard).toEqual([]);
});
