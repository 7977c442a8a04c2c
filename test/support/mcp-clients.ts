import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

/** What any of the clients makes of a tool's answer. */
export interface ToolResult {
  readonly isError: boolean;
  readonly text: string;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** What the gateway says of its decision in a denial's or a pending answer's `_meta`. */
export interface DecisionMeta {
  readonly id: string;
  readonly outcome: "deny" | "pending";
  readonly reasons: readonly string[];
  readonly retryable: boolean;
  readonly approvalId?: string;
}

export interface CallOptions {
  /** Asks for progress, which puts a progressToken on the request. */
  readonly onprogress?: (progress: { readonly progress: number; readonly message?: string | undefined }) => void;
  /** Milliseconds until the client gives up. */
  readonly timeout?: number;
  /** Whether each progress message begins the timeout anew, which the libraries do only when told to. Default: true. */
  readonly resetsTimeout?: boolean;
  readonly signal?: AbortSignal;
}

/** The same few verbs over three real clients. */
export interface McpClient {
  readonly name: ClientName;
  call(tool: string, args?: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>;
  tools(): Promise<string[]>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export const clientNames = ["v1 sdk", "v2 legacy", "v2 modern"] as const;
export type ClientName = (typeof clientNames)[number];

/** A connected client: sdk 1.x, or client 2.x in the 2025 era or the 2026-07-28 era. */
export async function mcpClient(name: ClientName, url: string, token: string | null): Promise<McpClient> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const client = await connect(name, new URL(url), { requestInit: { headers } });
  return {
    name,
    async call(tool, args = {}, { onprogress, timeout, resetsTimeout = true, signal } = {}) {
      const options = {
        ...(onprogress === undefined ? {} : { onprogress, resetTimeoutOnProgress: resetsTimeout }),
        ...(timeout === undefined ? {} : { timeout }),
        ...(signal === undefined ? {} : { signal }),
      };
      return toolResult(await client.callTool({ name: tool, arguments: args }, options));
    },
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    ping: async () => void (await client.ping()),
    close: () => client.close(),
  };
}

/** What of both libraries' clients is used here. */
interface AnyClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }, options: object): Promise<object>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

async function connect(name: ClientName, url: URL, options: { requestInit: RequestInit }): Promise<AnyClient> {
  const info = { name: "sallyport-test", version: "1.0.0" };
  if (name === "v1 sdk") {
    const client = new ClientV1(info);
    // The library's own transport does not satisfy its interface under exactOptionalPropertyTypes.
    await client.connect(new TransportV1(url, options));
    return { ...verbs(client), callTool: (params, given) => client.callTool(params, undefined, given) };
  }
  const client = new ClientV2(info, name === "v2 modern" ? { versionNegotiation: { mode: "auto" } } : {});
  await client.connect(new TransportV2(url, options));
  return { ...verbs(client), callTool: (params, given) => client.callTool(params, given) };
}

function verbs(client: ClientV1 | ClientV2): Omit<AnyClient, "callTool"> {
  return { listTools: () => client.listTools(), ping: () => client.ping(), close: () => client.close() };
}

export function toolResult(result: object): ToolResult {
  const {
    content = [],
    isError = false,
    _meta = {},
  } = result as {
    content?: { type: string; text?: string }[];
    isError?: boolean;
    _meta?: Record<string, unknown>;
  };
  return { isError, text: content.map((part) => part.text ?? "").join("\n"), meta: _meta };
}

/** @throws Error when the answer carries no decision of the gateway */
export function decisionOf(result: ToolResult): DecisionMeta {
  const decision = result.meta["dev.sallyport/decision"];
  if (typeof decision !== "object" || decision === null)
    throw new Error(`no decision in _meta: ${JSON.stringify(result)}`);
  return decision as DecisionMeta;
}
