import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  isJSONRPCNotification,
} from "@modelcontextprotocol/sdk/types.js";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { allowTools } from "../support/stdio/stdio-clients.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-python-"));
const python = pythonWithMcp();
const server = fileURLToPath(new URL("../support/stdio/fastmcp_server.py", import.meta.url));
const tools = ["add", "environment", "fail", "large", "steps", "think", "who"];
const methods = ["resources/list", "resources/templates/list", "resources/read", "prompts/list", "prompts/get"];

let gateway: TestGateway;

/** Path of a Python that has the SDK, in a folder of its own; null where there is no Python or no package index. */
function pythonWithMcp(): string | null {
  const venv = join(folder, "venv");
  const made = spawnSync("python3", ["-m", "venv", venv]);
  if (made.status !== 0) return null;
  const installed = spawnSync(join(venv, "bin/pip"), ["install", "-q", "--no-input", "mcp==1.30.0"], {
    timeout: 240_000,
  });
  return installed.status === 0 ? join(venv, "bin/python") : null;
}

beforeAll(async () => {
  if (python === null) return;
  gateway = await startGateway({
    routes: [commandRoute("python", { run: [python, server], env: { LANG: "C.UTF-8" }, per: "session" })],
    policy: (copy) => allowTools(copy, "python", tools, methods),
  });
});
afterAll(async () => {
  await gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function tour(transport: Transport): Promise<unknown> {
  const client = new Client({ name: "tour", version: "1" }, { capabilities: { sampling: {}, elicitation: {} } });
  const told: unknown[] = [];
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { name: "Ada" } }));
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    ...{ role: "assistant", model: "test", content: { type: "text", text: "thought" } },
  }));
  // Not `onprogress`: this client drops progress that it reads in one piece with the answer, as it does when the machine is busy.
  transport.onmessage = (message) => void (isJSONRPCNotification(message) && told.push(message));
  await client.connect(transport);
  const call = (name: string, args: Record<string, unknown> = {}) =>
    client.callTool({ name, arguments: args }, undefined, { onprogress: () => undefined });
  const seen = [
    (await client.listTools()).tools.map(({ execution: _ours, ...tool }) => tool),
    await call("add", { a: 1, b: 2 }),
    await call("add", { a: "x" }),
    await call("fail"),
    await call("steps", { count: 3 }),
    await call("who"),
    await call("think"),
    await client.listResources(),
    await client.listResourceTemplates(),
    await client.readResource({ uri: "note://one" }),
    await client.readResource({ uri: "note://two/text" }),
    await client.listPrompts(),
    await client.getPrompt({ name: "greet", arguments: { name: "Ada" } }),
    told,
  ];
  const { content } = await call("environment");
  await client.close();
  return { seen: JSON.parse(JSON.stringify(seen)) as unknown, names: JSON.stringify(content) };
}

(python === null ? test.skip : test)(
  "a server of the Python SDK gives through the gateway what it gives itself",
  async () => {
    const direct = (await tour(new StdioClientTransport({ command: python ?? "", args: [server] }))) as {
      seen: unknown;
    };
    const headers = {
      authorization: `Bearer ${gateway.token({ sub: "support-bot", role: "support" }, "/mcp/python")}`,
    };
    const url = new URL(`${gateway.agents}/mcp/python`);
    const behind = (await tour(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))) as typeof direct;
    expect(behind.seen).toEqual(direct.seen);
    expect(JSON.stringify(direct)).toMatch(/thought.*step 3/s);
  },
);
