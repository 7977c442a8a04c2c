/** A client asks for its stream, and calls at once a tool whose server asks it something on that stream. */
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { freePort } from "../../demo/gate/config-file.ts";
import { startChild } from "../../demo/tools/child.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const example = "@modelcontextprotocol/sdk/dist/esm/examples/server/elicitationFormExample.js";
const prefix = "/mcp/form";
const low = { sensitivity: "low", reversible: true, sink: "internal", owner: "tests", labels: [] };
const sessions = 60;
const atOnce = 4;

let server: { readonly origin: string; stop(): Promise<void> };
let gateway: TestGateway;

beforeAll(async () => {
  const port = await freePort();
  const launcher = fileURLToPath(new URL(`../../node_modules/${example}`, import.meta.url));
  const child = startChild([launcher], { PORT: String(port) });
  await child.waitFor(({ output }) => (output().includes("server is running") ? true : null), 60_000);
  server = { origin: `http://127.0.0.1:${port}`, stop: () => child.stop() };
  gateway = await startGateway({
    routes: [crmRoute(server.origin, { id: "form", prefix, server: "form", credential: undefined })],
    policy: async (copy) => {
      await copy.addData("catalog", { form: { register_user: low } });
      await copy.addData("entitlements", { support: { form: { tools: { register_user: true } } } });
      // The published example asks for a password in a form.
      await copy.addData("server_requests", { form: { elicitation: true, secret_forms: true } });
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), server?.stop()]));

/** What the tool says, whose server has asked for a name in the meantime. */
async function registered(): Promise<string> {
  const token = gateway.token({ sub: "support-bot", role: "support" }, prefix);
  const client = new Client({ name: "form", version: "1" }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "decline" }));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.agents + prefix), { requestInit }));
  const result = await client.callTool({ name: "register_user", arguments: {} }, undefined, { timeout: 20_000 });
  await client.close();
  return JSON.stringify(result.content);
}

test("hears the question every time", async () => {
  const said: string[] = [];
  for (let done = 0; done < sessions; done += atOnce)
    said.push(...(await Promise.all(Array.from({ length: atOnce }, () => registered().catch(String)))));
  expect(said.filter((text) => !text.includes("cancelled by user"))).toEqual([]);
}, 600_000);
