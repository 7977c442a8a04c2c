import type { TestGateway } from "./start-gateway.ts";

/** What results may hold, as far as tests look at it. */
export interface Seen {
  readonly resultType?: string;
  readonly taskId?: string;
  readonly status?: string;
  readonly statusMessage?: string;
  readonly ttl?: number;
  readonly task?: Seen;
  readonly tasks?: readonly Seen[];
  readonly nextCursor?: string;
  readonly isError?: boolean;
  readonly content?: readonly { readonly text?: string }[];
  readonly result?: Seen;
  readonly error?: Answered["error"];
  readonly capabilities?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly { readonly name: string; readonly execution?: unknown }[];
}

export interface Answered {
  readonly status: number;
  readonly id?: unknown;
  readonly result?: Seen;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** The id of the task that a call was answered with. @throws Error when it was answered otherwise */
export function taskIdOf({ result, error }: Answered): string {
  const id = result?.task?.taskId ?? result?.taskId;
  if (id === undefined) throw new Error(`no task: ${JSON.stringify(result ?? error)}`);
  return id;
}

export interface Speaker {
  readonly token: string;
  /** One notification; the status of what it was answered with. */
  tell(method: string, params?: object, headers?: Asking["headers"]): Promise<number>;
  /** One request, its answer from JSON or from the last event of a stream. */
  ask(method: string, params?: object, more?: Asking): Promise<Answered>;
  /** The same, with the whole text of the answer. */
  read(method: string, params?: object, more?: Asking): Promise<string>;
}

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly id?: string | number;
  readonly progressToken?: string;
  readonly signal?: AbortSignal;
}

export type Version = "2025-03-26" | "2025-06-18" | "2025-11-25" | "2026-07-28";

export const extension = { extensions: { "io.modelcontextprotocol/tasks": {} } };

/** Writes MCP messages itself: for what no well-behaved client would send, and for seeing the very answers. */
export function speaker(url: string, token: string, version: Version, capabilities: object = {}): Speaker {
  let count = 0;
  const modern = version === "2026-07-28";
  const frame = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  async function tell(method: string, params: object = {}, more: Asking["headers"] = {}): Promise<number> {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      ...more,
    };
    const body = JSON.stringify({ jsonrpc: "2.0", method, params });
    return (await fetch(url, { method: "POST", headers, body })).status;
  }
  async function sent(
    method: string,
    params: object = {},
    { headers = {}, id = ++count, progressToken, signal }: Asking = {},
  ): Promise<Response> {
    const named = params as { name?: string; taskId?: string };
    const name = named.taskId ?? named.name;
    const meta = { ...(modern ? frame : {}), ...(progressToken === undefined ? {} : { progressToken }) };
    return fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": version,
        ...(modern ? { "mcp-method": method, ...(name === undefined ? {} : { "mcp-name": name }) } : {}),
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: meta } }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
  return {
    token,
    tell,
    async ask(...asked) {
      const response = await sent(...asked);
      return { status: response.status, ...lastMessage(await response.text()) };
    },
    read: async (...asked) => (await sent(...asked)).text(),
  };
}

export function speakerAt(
  gateway: TestGateway,
  version: Version,
  { sub = "support-bot", session = "s-1", prefix = "/mcp/crm", capabilities = {} } = {},
): Speaker {
  const token = gateway.token({ sub, role: "support", session }, prefix);
  return speaker(gateway.agents + prefix, token, version, capabilities);
}

function lastMessage(text: string): object {
  const data = text.split("\n").filter((line) => line.startsWith("data:"));
  return JSON.parse(data.at(-1)?.slice("data:".length) ?? (text === "" ? "{}" : text)) as object;
}
