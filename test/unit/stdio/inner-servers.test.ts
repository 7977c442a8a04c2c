import type { InnerRequest } from "../../../gateway/domain/ports.ts";
import type { CommandServer, Route } from "../../../gateway/domain/route.ts";
import { InnerServers } from "../../../gateway/stdio/inner-servers.ts";
import { route, testIds } from "../../support/builders.ts";
import { realClock } from "../../support/credentials.ts";
import { quiet } from "../../support/quiet.ts";
import { messagesOf } from "../../support/stdio/play-bridge.ts";
import { fixtureCommand } from "../../support/stdio/stdio-clients.ts";

const secret = "s3cret-of-the-server";
const opened: InnerServers[] = [];
afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())));

function commandRoute(changes: Partial<CommandServer> = {}): Route {
  const [program = "", ...args] = fixtureCommand;
  const bridge: CommandServer = {
    kind: "command",
    named: "fixture",
    program,
    args,
    cwd: "/",
    per: "person",
    account: null,
    processes: 2,
    env: [
      { name: "KEY", from: { reference: "env:KEY" } },
      { name: "PLAIN", from: { value: "plain" } },
    ],
    startTimeoutMs: 10_000,
    idleMs: 60_000,
    ...changes,
  };
  const base = route({ id: "files", protocol: "mcp" });
  return { ...base, upstream: { ...base.upstream, origin: "stdio://files", bridge } };
}

function open(routes: readonly Route[]): InnerServers {
  const servers = new InnerServers(routes, { clock: realClock, ids: testIds(), logger: quiet, secret: () => secret });
  opened.push(servers);
  return servers;
}

const request = (message: object, session?: string): InnerRequest => ({
  method: "POST",
  target: "/mcp",
  body: Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, ...message })),
  headers: [
    ...["accept", "application/json, text/event-stream", "content-type", "application/json"],
    ...(session === undefined ? [] : ["mcp-session-id", session]),
  ],
  caller: { principal: "p", person: "p" },
  signal: new AbortController().signal,
  begin: () => undefined,
});

test("has a bridge for each route that needs one, and starts nothing before a call does", () => {
  const command = commandRoute({ program: "/no/such/program" });
  const servers = open([command, route()]);
  expect(servers.of(route())).toBeNull();
  expect(servers.of(command)?.secrets).toEqual([[secret]]);
  expect(servers.findings()).toEqual([]);
});

test("gives a command the secrets and the values of its environment", async () => {
  const command = commandRoute();
  const inner = open([command]).of(command);
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };
  const begun = await inner?.send(request({ method: "initialize", params }));
  await begun?.text();
  const session = begun?.headers.get("mcp-session-id") ?? "";
  const answer = await inner?.send(request({ method: "tools/call", params: { name: "env", arguments: {} } }, session));
  const [message] = await messagesOf(answer as Response);
  expect(JSON.stringify(message)).toContain(`{\\"KEY\\":\\"${secret}\\",\\"PLAIN\\":\\"plain\\"}`);
});

test("looks for a rotated secret, and for the one before it", async () => {
  let current = "first-secret";
  const command = commandRoute({ per: "session" });
  const deps = { clock: realClock, ids: testIds(), logger: quiet, secret: () => current };
  const servers = new InnerServers([command], deps);
  opened.push(servers);
  const inner = servers.of(command);
  current = "second-secret";
  const begun = await inner?.send(request({ method: "initialize", params: { protocolVersion: "2025-11-25" } }));
  await begun?.text();
  expect(inner?.secrets).toEqual([["second-secret"], ["first-secret"]]);
});

test("says of which route the tool server cannot be started", async () => {
  const command = commandRoute({ program: "/no/such/program" });
  const servers = open([command]);
  const failed = servers.of(command)?.send(request({ method: "initialize" }));
  await expect(failed).rejects.toMatchObject({ code: "upstream_not_started" });
  expect(servers.findings()).toMatchObject([
    {
      name: "tool-server",
      severity: "degraded",
      problem: expect.stringMatching(/route files has failed.*ENOENT/) as unknown,
    },
  ]);
});
