/** The token of a caller is given to the gateway alone, whatever way its calls take and wherever the caller puts it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { allowTools, fixtureCommand } from "../support/stdio/stdio-clients.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { type Answer, recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-own-token-"));
/** All that the command was told. */
const stdin = join(folder, "stdin");
const tee = ["/bin/sh", "-c", `tee -a "$0" | exec "$@"`, stdin, ...fixtureCommand];

/** Answers JSON-RPC and plain HTTP. */
const answer: Answer = (_req, res, { body }) => {
  res.setHeader("content-type", "application/json");
  const message = JSON.parse(body.length === 0 ? "{}" : body.toString()) as { id?: number; method?: string };
  if (message.method === undefined) return void res.end("{}");
  if (message.id === undefined) return void res.writeHead(202).end();
  const result = results[message.method] ?? { content: [{ type: "text", text: "ok" }] };
  res.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
};
const results: Readonly<Record<string, object>> = {
  initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "a", version: "1" } },
  "tools/list": { tools: [{ name: "echo", inputSchema: { type: "object" } }] },
};

let upstream: RecordingUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await recordingUpstream(answer);
  const { origin } = upstream;
  const offer = "search";
  gateway = await startGateway({
    routes: [
      crmRoute(origin, { id: "direct", prefix: "/mcp/direct", server: "echo" }),
      crmRoute(origin, { id: "search", prefix: "/mcp/search", server: "echo", tools: { offer } }),
      paymentsRoute(origin, { tools: { mcp: "/mcp/payments" } }),
      paymentsRoute(origin, { id: "found", prefix: "/found", tools: { mcp: "/mcp/found", offer } }),
      commandRoute("cmd", { run: tee }, { server: "echo" }),
    ],
    policy: (copy) => allowTools(copy, "echo", ["echo"]),
  });
});
afterAll(async () => {
  await Promise.all([gateway?.close(), upstream?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** `call` with a text where an agent could put anything. `plain` where no body can hold it: a call that is allowed. */
interface Way {
  readonly role: string;
  readonly call: (text: string) => object;
  readonly plain?: (text: string) => string;
}

const tool = (name: string, args: object) => ({
  jsonrpc: "2.0",
  id: 2,
  method: "tools/call",
  params: { name, arguments: args },
});
const echo = (value: string) => ({ value });
const order = (order_id: string) => ({ order_id });
const searched = (name: string, args: object) => tool("call_tool", { name, arguments: args });

const ways: Readonly<Record<string, Way>> = {
  "/payments": {
    role: "refunds",
    call: (reason) => ({ order_id: "o-881", amount: 1, currency: "EUR", reason }),
    plain: (text) => `/v1/orders/${text}`,
  },
  "/mcp/direct": { role: "support", call: (text) => tool("echo", echo(text)) },
  "/mcp/search": { role: "support", call: (text) => searched("echo", echo(text)) },
  "/mcp/payments": { role: "refunds", call: (text) => tool("get_order", order(text)) },
  "/mcp/found": { role: "refunds", call: (text) => searched("get_order", order(text)) },
  "/mcp/cmd": { role: "support", call: (text) => tool("echo", echo(text)) },
};

/** What an agent does with its token: header lines, and what stands in the call's text. */
const places = {
  headers: (token: string) => ({
    headers: Object.fromEntries(["cookie", "proxy-authorization", "x-api-key"].map((name) => [name, token])),
    text: null,
  }),
  arguments: (token: string) => ({ headers: {}, text: token }),
  escaped: (token: string) => ({ headers: {}, text: `\\u0065${token.slice(1)}` }),
};

const cases = Object.keys(ways).flatMap((prefix) =>
  (["headers", "arguments", "escaped"] as const).map((place) => ({ prefix, place })),
);

let count = 0;
describe("the token of a caller", () => {
  test.each(cases)("is neither sent on nor written: $place, $prefix", async (one) => {
    const { prefix, place } = one;
    const way = ways[prefix]!;
    const sub = `bot-${(count += 1)}`;
    const token = gateway.token({ sub, role: way.role }, prefix);
    expect(token.startsWith("e")).toBe(true);
    const { headers, text } = places[place](token);
    await callAs(token, prefix, { headers, text: text ?? `with-headers-${count}`, isPlain: text === null });
    const control = `control-${count}`;
    await callAs(gateway.token({ sub: control, role: way.role }, prefix), prefix, { text: control, isPlain: true });
    // The log keeps the order of calls.
    await eventually("the call without it has arrived and is in the log", () =>
      told().includes(control) && written().includes(control) ? true : null,
    );
    if (text === null) expect(told()).toContain(`with-headers-${count}`);
    const everything = told() + written();
    const signature = token.split(".")[2] ?? token;
    expect([everything.includes(token), everything.includes(signature)]).toEqual([false, false]);
  });
});

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** As it stands in JSON. */
  readonly text: string;
  readonly isPlain: boolean;
}

/** Begins a session where there are some, lists the tools and calls one. */
async function callAs(token: string, prefix: string, { headers = {}, text, isPlain }: Sent): Promise<void> {
  const { call, plain } = ways[prefix]!;
  const sent = { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers };
  if (plain !== undefined && isPlain) return void (await ask(prefix + plain(text), { headers: sent }));
  const body = JSON.stringify(call("@@")).replace("@@", text);
  if (plain !== undefined) return void (await ask(`${prefix}/v1/refunds`, { headers: sent, method: "POST", body }));
  const accepting = { ...sent, accept: "application/json, text/event-stream" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  const first = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
  const session = await ask(prefix, { headers: accepting, method: "POST", body: first });
  const named = { ...accepting, "mcp-protocol-version": "2025-11-25" };
  const within = session === null ? named : { ...named, "mcp-session-id": session };
  const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  for (const message of [list, body]) await ask(prefix, { headers: within, method: "POST", body: message });
}

/** The id of the session that the answer begins. */
async function ask(path: string, init: RequestInit): Promise<string | null> {
  const answered = await fetch(gateway.agents + path, init);
  await answered.text();
  return answered.headers.get("mcp-session-id");
}

/** All that tool servers were told. */
function told(): string {
  const requests = upstream.requests.map(({ headers, target, body }) => `${target}\n${headers.join("\n")}\n${body}`);
  return [...requests, existsSync(stdin) ? readFileSync(stdin, "utf8") : ""].join("\n");
}

function written(): string {
  const data = join(gateway.dir, "data");
  const names = readdirSync(data, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map(textOf).join("\n");
}

/** Nothing of a file that has got another name since it was listed. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw failure;
  }
}
