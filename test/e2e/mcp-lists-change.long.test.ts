/** Who listens hears when another policy shows it another list, and only then. */
import type { ServerResponse } from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { allowWhole } from "../support/allow-whole.ts";
import { eventually } from "../support/eventually.ts";
import { listenAt } from "../support/mcp-listener.ts";
import { type Recorded, recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const rule = "sallyport/rules/site/hidden/hidden.rego";

/** Refuses and hides what has this name. */
const hiding = (name: string) => `package sallyport.rules.site.hidden

import data.sallyport.reason

# METADATA
# title: Nobody may know of it
# custom:
#   code: HIDDEN
#   severity: high
#   controls: [ASI03]
#   owner: tests
_hidden := reason.of(rego.metadata.chain())

deny contains _hidden if endswith(input.resource.id, "/${name}")

hide contains each if some each in deny
`;

const items: Readonly<Record<string, object>> = {
  "tools/list": { tools: ["look", "pay"].map((name) => ({ name, inputSchema: { type: "object" } })) },
  "prompts/list": { prompts: [{ name: "greet" }] },
  "resources/list": { resources: [{ uri: "crm://doc/open", name: "open" }] },
  "resources/templates/list": { resourceTemplates: [] },
};
const capabilities = { tools: { listChanged: true }, prompts: { listChanged: true }, resources: {} };
const asked = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly clientInfo?: { readonly name: string } };
}

function answer(res: ServerResponse, method: string, { body }: Recorded): void {
  const events = () => res.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  if (method !== "POST") return events();
  const { id, method: what = "", params } = JSON.parse(body.toString()) as Message;
  if (id === undefined) return void res.writeHead(202).end();
  if (what === "subscriptions/listen") {
    events();
    const granted = { jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged" };
    return void res.write(`data: ${JSON.stringify({ ...granted, params: { notifications: asked } })}\n\n`);
  }
  const serverInfo = { name: "crm", version: "1" };
  const opening = { protocolVersion: "2025-11-25", capabilities, serverInfo };
  const session = what === "initialize" ? { "mcp-session-id": crypto.randomUUID() } : {};
  const message = JSON.stringify({ jsonrpc: "2.0", id, result: items[what] ?? opening });
  if (params?.clientInfo?.name !== "event stream") {
    return void res.writeHead(200, { "content-type": "application/json", ...session }).end(message);
  }
  // As servers do whose streams can be taken up again: the first event has an id alone.
  res.writeHead(200, { "content-type": "text/event-stream", ...session }).write("id: 1\ndata:\n\n");
  setImmediate(() => res.end(`id: 2\ndata: ${message}\n\n`));
}

let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream((req, res, recorded) => answer(res, req.method ?? "", recorded));
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin, { credential: undefined })],
    policy: async (copy) => {
      await copy.writeNew(rule, hiding("nothing"));
      await allowWhole(copy, "crm", ["look", "pay"]);
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

/** A session of SDK 1 that has listed everything and listens. `opened` is called for each of its streams. */
async function session(heard: string[], name = "lists", opened = () => {}): Promise<Client> {
  const client = new Client({ name, version: "1" });
  client.fallbackNotificationHandler = async ({ method }) => void heard.push(method);
  const token = gateway.token({ sub: "session-bot", role: "support" }, "/mcp/crm");
  const { promise: open, resolve } = Promise.withResolvers<void>();
  // The gateway sends the head of a stream once it knows that somebody listens there.
  const fetchNoting: typeof fetch = async (url, init) => {
    const answered = await fetch(url, init);
    if (init?.method !== "GET" || !answered.ok) return answered;
    resolve();
    opened();
    return answered;
  };
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const at = new URL(`${gateway.agents}/mcp/crm`);
  const reconnectionOptions = { ...quickly, maxRetries: 1_000 };
  await client.connect(new StreamableHTTPClientTransport(at, { requestInit, reconnectionOptions, fetch: fetchNoting }));
  await Promise.all([client.listTools(), client.listPrompts(), client.listResources(), open]);
  return client;
}

const quickly = { initialReconnectionDelay: 50, maxReconnectionDelay: 50, reconnectionDelayGrowFactor: 1 };

/** How many policies have become active. */
const activations = () => gateway.output().split("policy active").length;

async function edit(name: string): Promise<void> {
  const before = activations();
  await gateway.policy?.write(rule, hiding(name));
  await eventually("the policy judges", () => (activations() > before ? true : null));
}

test("a session and a listener hear of the lists that an edit changes, and of no others", async () => {
  const heard: string[] = [];
  const client = await session(heard);
  const { next, leave } = await listenAt(gateway, { notifications: { toolsListChanged: true } });
  await next();
  await edit("nobody has this");
  await edit("pay");
  const told = { method: "notifications/tools/list_changed" };
  expect(await next()).toEqual({
    jsonrpc: "2.0",
    ...told,
    params: { _meta: { "io.modelcontextprotocol/subscriptionId": 1 } },
  });
  await eventually("the session hears of it", () => (heard.length > 0 ? true : null));
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["look"]);
  await edit("greet");
  await eventually("the session hears of prompts", () => (heard.at(-1)?.includes("prompts") ? true : null));
  // The tool is back; the listener has not asked for prompts.
  expect(await next()).toMatchObject(told);
  expect(heard).toEqual([1, 2].map(() => told.method).concat("notifications/prompts/list_changed"));
  expect((await client.listPrompts()).prompts).toEqual([]);
  await leave();
  await client.close();
});

test.each(["JSON", "event stream"])(
  "a session that began with an answer of the type %s hears of them after a restart of the gateway, too",
  async (type) => {
    await edit("nobody has this");
    const heard: string[] = [];
    let streams = 0;
    const client = await session(heard, type, () => (streams += 1));
    const before = streams;
    await gateway.kill("SIGTERM");
    await gateway.startAgain();
    await eventually("the session listens again", () => (streams > before ? true : null));
    await edit("pay");
    await eventually("the session hears of it", () => (heard.length > 0 ? true : null));
    expect(heard).toEqual(["notifications/tools/list_changed"]);
    await client.close();
  },
);
