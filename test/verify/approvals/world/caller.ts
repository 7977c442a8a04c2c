import { Pool } from "undici";
import type { SealSession } from "../../../support/sealed-session.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly token: string;
  readonly json?: unknown;
  /** Sent as it is, instead of `json`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const named = "mcp-session-id";
/** The one route of a proof that speaks MCP. */
const mcpRoute = "rpc";

/** An agent's connections to one gateway. */
export class Caller {
  readonly origin: string;
  readonly #pipelining: number;
  readonly #seal: SealSession | null;
  #pool: Pool;

  /**
   * `isKept`: whether a connection is used again; a proxy that is configured anew closes those that wait. `seal`: makes the id that a caller
   * has of the tool server's own in `mcp-session-id`.
   */
  constructor(origin: string, { isKept = true, seal = null }: { isKept?: boolean; seal?: SealSession | null } = {}) {
    this.origin = origin;
    this.#seal = seal;
    this.#pipelining = isKept ? 1 : 0;
    this.#pool = this.#connect();
  }

  /** @throws Error when the connection breaks before the whole answer came */
  async call({ method = "POST", path, token, json, text, headers = {}, signal }: Call): Promise<Answer> {
    const session = headers[named];
    const body = text ?? (json === undefined ? null : JSON.stringify(json));
    const answer = await this.#pool.request({
      method,
      path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === null ? {} : { "content-type": "application/json" }),
        ...headers,
        ...(session !== undefined && this.#seal !== null && { [named]: await this.#seal(token, mcpRoute, session) }),
      },
      body,
      ...(signal === undefined ? {} : { signal }),
    });
    const answered = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, body: readable(answered) };
  }

  /** Gives up every open connection, as a caller does whose gateway has died. */
  async reconnect(): Promise<void> {
    const old = this.#pool;
    this.#pool = this.#connect();
    await old.destroy();
  }

  close(): void {
    void this.#pool.destroy();
  }

  #connect(): Pool {
    return new Pool(this.origin, {
      connections: null,
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: this.#pipelining,
    });
  }
}

function readable(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}

/** The id of the item that a held call became, told in whichever protocol; null for any other answer. */
export function heldId({ status, body }: Answer): string | null {
  const approval = body["approval"] as { readonly id: string } | undefined;
  if (status === 202 && approval !== undefined) return approval.id;
  const result = body["result"] as { readonly _meta?: Readonly<Record<string, PendingMeta>> } | undefined;
  const decision = result?._meta?.["dev.sallyport/decision"];
  return decision?.outcome === "pending" ? (decision.approvalId ?? null) : null;
}

interface PendingMeta {
  readonly outcome?: string;
  readonly approvalId?: string;
}
