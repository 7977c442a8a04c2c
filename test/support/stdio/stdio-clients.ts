import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { PolicyCopy } from "../policy-copy.ts";
import type { TestGateway } from "../start-gateway.ts";

/** The command of the server that is written by hand. */
export const fixtureCommand = [process.execPath, fileURLToPath(new URL("./fixture-server.ts", import.meta.url))];

const low = {
  sensitivity: "low",
  reversible: true,
  sink: "internal",
  owner: "tests",
  labels: [],
  returns: { own_text: true },
};

/** Lets the role `support` call these tools and methods of a server. */
export async function allowTools(
  copy: PolicyCopy,
  server: string,
  tools: readonly string[],
  methods: readonly string[] = [],
): Promise<void> {
  const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]));
  await copy.addData("catalog", { [server]: Object.fromEntries(tools.map((name) => [name, low])) });
  await copy.addData("entitlements", { support: { [server]: { tools: all(tools), methods: all(methods) } } });
}

export interface StdioClient {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  /** Resolves when the gateway has opened the stream of its session. */
  readonly listening: Promise<void>;
  /** The text of a tool's result. */
  text(tool: string, args?: Record<string, unknown>): Promise<string>;
}

const open: Client[] = [];

/** Ends the streams of all clients that were made here. */
export async function closeClients(): Promise<void> {
  await Promise.all(open.splice(0).map((client) => client.close()));
}

/** A client of SDK 1.x with these capabilities, as this caller. */
export async function stdioClient(
  gateway: TestGateway,
  id: string,
  sub: string,
  capabilities: object = {},
): Promise<StdioClient> {
  const prefix = `/mcp/${id}`;
  const headers = { authorization: `Bearer ${gateway.token({ sub, role: "support" }, prefix)}` };
  const client = new Client({ name: sub, version: "1" }, { capabilities });
  const listening = Promise.withResolvers<void>();
  const transport = new StreamableHTTPClientTransport(new URL(gateway.agents + prefix), {
    requestInit: { headers },
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (init?.method === "GET" && response.ok) listening.resolve();
      return response;
    },
  });
  await client.connect(transport);
  open.push(client);
  return {
    client,
    transport,
    listening: listening.promise,
    async text(name, args = {}) {
      const { content } = (await client.callTool({ name, arguments: args })) as { content: { text?: string }[] };
      return content.map((part) => part.text ?? "").join("");
    },
  };
}
