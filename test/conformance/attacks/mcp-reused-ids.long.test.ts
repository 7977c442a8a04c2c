/**
 * Two requests of one session with one id. Published servers find the stream of a request by its id: the answer to the first comes on the
 * stream of the second.
 */
import { allowWhole } from "../../support/allow-whole.ts";
import { startEverything } from "../../support/everything-server.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { commandRoute } from "../../support/stdio/command-route.ts";

const script = new URL("../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url);
const slow = "trigger-long-running-operation";

let gateway: TestGateway;
let http: Awaited<ReturnType<typeof startEverything>>;

beforeAll(async () => {
  http = await startEverything();
  gateway = await startGateway({
    routes: [
      crmRoute(http.origin, { id: "http", prefix: "/mcp/http", server: "http" }),
      commandRoute("command", { run: [process.execPath, script.pathname, "stdio"] }),
    ],
    policy: async (copy) => {
      for (const id of ["http", "command"]) await allowWhole(copy, id, ["echo", slow]);
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), http?.stop()]));

/** A caller in a session of its own. */
async function inSession(route: string) {
  const url = `${gateway.agents}/mcp/${route}`;
  const authorization = `Bearer ${gateway.token({ sub: `bot of ${route}`, role: "support" }, `/mcp/${route}`)}`;
  const accept = "application/json, text/event-stream";
  const headers: Record<string, string> = { authorization, accept, "content-type": "application/json" };
  const post = (id: number, method: string, params: object, signal: AbortSignal | null = null) =>
    fetch(url, { method: "POST", headers, signal, body: JSON.stringify({ jsonrpc: "2.0", id, method, params }) });
  const clientInfo = { name: "test", version: "1" };
  const began = await post(0, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  await began.text();
  headers["mcp-session-id"] = began.headers.get("mcp-session-id") ?? "";
  return {
    /** Resolves when the tool server has begun its answer. */
    slow: (id: number, signal?: AbortSignal) =>
      post(id, "tools/call", { name: slow, arguments: { duration: 1, steps: 1 } }, signal),
    echo: (id: number, message: string) => post(id, "tools/call", { name: "echo", arguments: { message } }),
  };
}

describe.each(["http", "command"])("at the server of the route %s", (route) => {
  test("the second is refused while the first is under way, and the answer is that of its own call", async () => {
    const session = await inSession(route);
    const first = await session.slow(7);
    const second = await session.echo(7, "second");
    expect(second.status).toBe(400);
    expect(await second.text()).toContain("give each request an id of its own");
    expect(await first.text()).toContain("Long running operation completed");
    expect(await (await session.echo(7, "third")).text()).toContain("Echo: third");
  });

  test("the second is refused while the first goes on without its caller", async () => {
    const session = await inSession(route);
    const leaving = new AbortController();
    await session.slow(7, leaving.signal);
    leaving.abort();
    expect((await session.echo(7, "second")).status).toBe(400);
    expect((await session.echo(8, "third")).status).toBe(200);
  });
});
