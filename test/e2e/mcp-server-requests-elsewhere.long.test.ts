/** A tool server's question that one process holds: answered at another process on the same store, and after a restart. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventReader } from "../../gateway/lib/event-stream.ts";
import { crmRoute } from "../support/routes.ts";
import { type SdkOneServer, sdkOneServer } from "../support/sdk-one-server.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { allowTools } from "../support/stdio/stdio-clients.ts";

const place = mkdtempSync(join(tmpdir(), "sallyport-store-"));
const prefix = "/mcp/any";
let server: SdkOneServer;
let gateways: TestGateway[] = [];

beforeAll(async () => {
  server = await sdkOneServer();
  const start = () =>
    startGateway({
      routes: [crmRoute(server.origin, { id: "any", prefix, server: "any", credential: undefined })],
      policy: (copy) => allowTools(copy, "any", ["asks"]),
      config: { store: { sqlite: join(place, "store.db") } },
    });
  gateways = [await start(), await start()];
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await server?.close();
  rmSync(place, { recursive: true, force: true });
});

const [first, second] = [() => gateways[0] as TestGateway, () => gateways[1] as TestGateway];

function post(gateway: TestGateway, session: string | null, message: object): Promise<Response> {
  return fetch(gateway.agents + prefix, {
    method: "POST",
    headers: {
      authorization: `Bearer ${gateway.token({ sub: "support-bot", role: "support" }, prefix)}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...(session === null ? {} : { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}

async function opened(gateway: TestGateway): Promise<string> {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: { elicitation: { form: {} } },
    clientInfo: { name: "tests", version: "1" },
  };
  const answer = await post(gateway, null, { id: 0, method: "initialize", params });
  await answer.text();
  const session = answer.headers.get("mcp-session-id") ?? "";
  await (await post(gateway, session, { method: "notifications/initialized" })).text();
  return session;
}

interface Told {
  readonly id: string | number;
  readonly method?: string;
  readonly result?: { readonly content: readonly { readonly text: string }[] };
}

/** The messages on the stream of a call, one after the other; null at its end, however it ends. */
async function call(gateway: TestGateway, session: string): Promise<() => Promise<Told | null>> {
  const answer = await post(gateway, session, { id: 1, method: "tools/call", params: { name: "asks", arguments: {} } });
  const waiting: Told[] = [];
  const events = new EventReader({
    onEvent: ({ data }) => void (data !== "" && waiting.push(JSON.parse(data) as Told)),
  });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  return async () => {
    while (waiting.length === 0) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || value === undefined) return null;
      events.feed(decoder.decode(value, { stream: true }));
    }
    return waiting.shift() ?? null;
  };
}

const accepted = (asked: Told | null) => ({ id: asked?.id, result: { action: "decline" } });

test("an answer at another process is refused by name, and counts when it is given where the question was", async () => {
  const session = await opened(first());
  const told = await call(first(), session);
  const asked = await told();
  expect(asked?.method).toBe("elicitation/create");
  const elsewhere = await post(second(), session, accepted(asked));
  expect([elsewhere.status, await elsewhere.text()]).toEqual([400, expect.stringContaining("server_request_unknown")]);
  const there = await post(first(), session, accepted(asked));
  expect([there.status, await there.text()]).toEqual([202, ""]);
  expect((await told())?.result?.content[0]?.text).toBe("the person said decline");
  expect(await told()).toBeNull();
});

test("when the process that holds a question ends, its call ends, and the answer is refused by name afterwards", async () => {
  const session = await opened(first());
  const told = await call(first(), session);
  const asked = await told();
  expect(asked?.method).toBe("elicitation/create");
  const ended = told();
  await first().kill("SIGKILL");
  expect(await ended).toBeNull();
  await first().startAgain();
  const late = await post(first(), session, accepted(asked));
  expect([late.status, await late.text()]).toEqual([400, expect.stringContaining("server_request_unknown")]);
  // The session goes on where its tool server still has it.
  const again = await call(first(), session);
  expect((await again())?.method).toBe("elicitation/create");
});
