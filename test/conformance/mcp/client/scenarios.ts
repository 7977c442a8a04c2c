import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Revision } from "../suite.ts";

const info = { name: "conformance", version: "1" };

type Play = (url: URL) => Promise<void>;

/** What a client does in the suite's scenarios for clients, as its README names them; authorization is not among them. */
export const scenarios: Readonly<Record<Revision, Readonly<Record<string, Play>>>> = {
  "2025-11-25": {
    initialize: (url) => legacy(url, async (client) => void (await client.listTools())),
    tools_call: (url) => legacy(url, (client) => addNumbers(client)),
    "elicitation-sep1034-client-defaults": (url) => legacy(url, callWithDefaults),
    // The stream of the call ends before its answer, which comes on the one that is opened after the time that it told.
    "sse-retry": (url) => legacy(url, async (client) => void (await client.callTool({ name: "test_reconnection" }))),
  },
  "2026-07-28": {
    tools_call: (url) => modern(url, (client) => addNumbers(client)),
    "request-metadata": (url) => modern(url, async (client) => void (await client.listTools())),
  },
};

/** Tools that the scenarios call. */
export const tools = ["add_numbers", "test_client_elicitation_defaults", "test_reconnection"] as const;

async function legacy(url: URL, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(info, { capabilities: { elicitation: { form: { applyDefaults: true } } } });
  await client.connect(new StreamableHTTPClientTransport(url));
  await work(client);
  await client.close();
}

async function modern(url: URL, work: (client: ModernClient) => Promise<void>): Promise<void> {
  const client = new ModernClient(info, { versionNegotiation: { mode: "auto" } });
  await client.connect(new ModernTransport(url));
  await work(client);
  await client.close();
}

async function addNumbers(client: Client | ModernClient): Promise<void> {
  await client.listTools();
  await client.callTool({ name: "add_numbers", arguments: { a: 5, b: 3 } });
}

async function callWithDefaults(client: Client): Promise<void> {
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: {} }));
  await client.listTools();
  await client.callTool({ name: "test_client_elicitation_defaults" });
}
