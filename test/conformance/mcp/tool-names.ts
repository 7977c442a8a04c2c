import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const info = { name: "conformance", version: "1" };
const capabilities = { sampling: {}, elicitation: {}, roots: {} };

/** Names of the tools that a server lists, in either era. */
export async function toolNames(url: string): Promise<readonly string[]> {
  const found = await Promise.allSettled([legacy(new URL(url)), modern(new URL(url))]);
  return [...new Set(found.flatMap((one) => (one.status === "fulfilled" ? one.value : [])))];
}

async function legacy(url: URL): Promise<string[]> {
  const client = new Client(info, { capabilities });
  await client.connect(new StreamableHTTPClientTransport(url));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

async function modern(url: URL): Promise<string[]> {
  const client = new ModernClient(info, { capabilities, versionNegotiation: { mode: "auto" } });
  await client.connect(new ModernTransport(url));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}
