/** A site as `sallyport init` writes it, without an edit but for its ports: it checks, starts, and serves the first client. */
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { parse, stringify } from "yaml";
import { freePort } from "../../demo/gate/config-file.ts";
import { startGateway, type Gateway } from "../../demo/gate/start.ts";
import { eventually } from "../support/eventually.ts";
import { startModern } from "../support/matrix/modern-server.ts";
import { type Ran, sallyport } from "../unit/cli/run.ts";

let dir: string;
const running: { stop(): Promise<void> }[] = [];

beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), "sallyport-fresh-"))));
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.stop();
  await rm(dir, { recursive: true, force: true });
});

const cli = (...args: readonly string[]): Promise<Ran> =>
  sallyport(args, { cwd: dir, env: { ...secrets, PATH: `${join(dir, "bin")}:${process.env["PATH"]}` } });
const secrets = { THINGS_TOKEN: "token-of-the-things-5d1" };
const config = ["-c", "gate/sallyport.yaml"];

/** `init`, `check` and `serve`, in this order. */
async function freshSite(place: string, ...more: readonly string[]): Promise<Gateway> {
  const made = ["--mcp", place, ...more, "--server", "things", "--role", "dev", "--approver", "ana"];
  expect(await cli("init", "gate", ...made)).toMatchObject({ code: 0 });
  const configFile = join(dir, "gate/sallyport.yaml");
  const written = parse(await readFile(configFile, "utf8")) as { listeners: { console: object } };
  const [agentsPort, consolePort] = await Promise.all([freePort(), freePort()]);
  const listeners = { agents: { port: agentsPort }, console: { ...written.listeners.console, port: consolePort } };
  await writeFile(configFile, stringify({ ...written, listeners }));
  expect(await cli("check", ...config)).toMatchObject({ code: 0, stdout: expect.not.stringContaining("warning") });
  const gateway = await startGateway({ configFile, agentsPort, consolePort, env: secrets });
  running.push(gateway);
  return gateway;
}

/** A client of SDK 2, which listens by itself where it is told to and the server says that it tells. */
async function connected({ agents }: Gateway, heard: unknown[] = []): Promise<Client> {
  const minted = await cli("token", "mint", "--sub", "my-agent", "--role", "dev", "--route", "things", ...config);
  const tools = {
    onChanged: (_error: unknown, list: readonly { readonly name: string }[] | null) =>
      heard.push(list?.map(({ name }) => name)),
  };
  const client = new Client(
    { name: "fresh", version: "1" },
    { versionNegotiation: { mode: "auto" }, listChanged: { tools } },
  );
  const requestInit = { headers: { authorization: `Bearer ${minted.stdout.trim()}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${agents}/mcp/things`), { requestInit }));
  running.push({ stop: () => client.close() });
  return client;
}

test("tells a client of MCP 2026-07-28 that its list has changed when another tool is opened", async () => {
  const upstream = await startModern();
  running.push(upstream);
  const heard: unknown[] = [];
  const client = await connected(await freshSite(`${upstream.origin}/mcp`), heard);
  expect(client.autoOpenedSubscription).toBeDefined();
  expect((await client.listTools()).tools).toEqual([]);
  const entitlements = join(dir, "gate/policy/sallyport/entitlements/data.yaml");
  const text = await readFile(entitlements, "utf8");
  await writeFile(entitlements, text.replace("      {}\n", "").replace("# say: true", "say: true"));
  expect(await eventually("the client hears of it", () => heard[0] ?? null)).toEqual(["say"]);
});

/** Lets in who has the token, in front of another server. */
async function behindToken(origin: string): Promise<string> {
  const front = createServer((req, res) => {
    if (req.headers.authorization !== `Bearer ${secrets.THINGS_TOKEN}`)
      return void res.writeHead(401, { "www-authenticate": "Bearer" }).end();
    const onward = request(origin + (req.url ?? "/"), { method: req.method, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on("error", () => res.destroy());
    res.on("close", () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((done) => front.listen(0, "127.0.0.1", done));
  running.push({
    stop: () => {
      front.closeAllConnections();
      return new Promise((done) => front.close(() => done()));
    },
  });
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}/mcp`;
}

test("runs the first call of a server behind a token, which stands in no file and no message", async () => {
  const upstream = await startModern();
  running.push(upstream);
  const place = await behindToken(upstream.origin);
  expect(await cli("init", "gate", "--mcp", place)).toMatchObject({ code: 5, stdout: "" });
  const gateway = await freshSite(place, "--header", "Authorization: Bearer env:THINGS_TOKEN");
  const entitlements = join(dir, "gate/policy/sallyport/entitlements/data.yaml");
  const text = await readFile(entitlements, "utf8");
  await writeFile(entitlements, text.replace("      {}\n", "").replace("# say: true", "say: true"));
  const catalog = join(dir, "gate/policy/sallyport/catalog/data.yaml");
  const checked = "say: { sensitivity: low, reversible: true, mutates: false, sink: internal }";
  await writeFile(catalog, (await readFile(catalog, "utf8")).replace(/say: .*/, checked));
  const client = await connected(gateway);
  const said = async () => JSON.stringify((await client.callTool({ name: "say", arguments: {} })).content);
  await eventually("the gateway judges by both files", async () => ((await said()).includes('"done"') ? true : null));
  const written = await readFile(join(dir, "gate/sallyport.yaml"), "utf8");
  expect(parse(written)).toMatchObject({ credentials: { things: { prefix: "Bearer ", value: "env:THINGS_TOKEN" } } });
  expect(written + gateway.output()).not.toContain(secrets.THINGS_TOKEN);
});

const server = `#!/usr/bin/env only-here
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
const words = readFileSync(process.argv[2], "utf8");
const annotations = { readOnlyHint: true, openWorldHint: false };
const answers = {
  initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "things", version: "1" } },
  "tools/list": { tools: [{ name: "look", inputSchema: { type: "object" }, annotations }] },
  "tools/call": { content: [{ type: "text", text: words }] },
};
for await (const line of createInterface(process.stdin)) {
  const { id, method } = JSON.parse(line);
  const answer = method in answers ? { result: answers[method] } : { error: { code: -32601, message: "unknown" } };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
}
`;

test.each([
  ["a program and a file by relative paths", "./tools/server.mjs words.txt"],
  ["a program of the PATH with files by relative paths", "only-here ./tools/server.mjs words.txt"],
])("runs the first call of a server that was named as a command, %s", async (_what, command) => {
  for (const folder of ["bin", "tools"]) await mkdir(join(dir, folder));
  await symlink(process.execPath, join(dir, "bin/only-here"));
  await writeFile(join(dir, "tools/server.mjs"), server);
  await chmod(join(dir, "tools/server.mjs"), 0o755);
  await writeFile(join(dir, "words.txt"), "what stands here");
  const client = await connected(await freshSite(command));
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["look"]);
  const { content } = await client.callTool({ name: "look", arguments: {} });
  expect(content).toEqual([{ type: "text", text: "what stands here" }]);
});
