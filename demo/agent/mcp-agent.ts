import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

/** The answer that the model behind an MCP agent gets. */
export interface McpAnswer {
  readonly outcome: "allow" | "deny" | "pending";
  /** The text the model reads. */
  readonly text: string;
  readonly decisionId: string | null;
  /** The gateway's own code of a refusal. */
  readonly code: string | null;
  readonly reasons: readonly string[];
  readonly ms: number;
}

interface DecisionMeta {
  readonly id: string;
  readonly outcome: "deny" | "pending" | "error";
  readonly code?: string;
  readonly reasons: readonly string[];
}

/** An agent on the stock MCP client, in the protocol's newest era. */
export class McpAgent {
  readonly #client: Client;
  /** Decision id of the newest answer, from its response header. */
  #lastDecision: string | null = null;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async connect(url: string, token: string): Promise<McpAgent> {
    const client = new Client({ name: "support-bot", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
    const agent = new McpAgent(client);
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
      fetch: async (target, init) => {
        const response = await fetch(target, init);
        agent.#lastDecision = response.headers.get("sallyport-decision");
        return response;
      },
    });
    await client.connect(transport);
    return agent;
  }

  /** With `onprogress` the gateway sends progress messages while the call is held. */
  async call(tool: string, args: Record<string, unknown>, onprogress?: (message: string) => void): Promise<McpAnswer> {
    const started = performance.now();
    const options =
      onprogress === undefined ? {} : { onprogress: progressText(onprogress), resetTimeoutOnProgress: true };
    const result = await this.#client.callTool({ name: tool, arguments: args }, options);
    const decision = result._meta?.["dev.sallyport/decision"] as DecisionMeta | undefined;
    const pending = decision?.outcome === "pending";
    return {
      outcome: pending ? "pending" : result.isError === true ? "deny" : "allow",
      text: result.content.map((part) => (part.type === "text" ? part.text : `(${part.type})`)).join("\n"),
      decisionId: decision?.id ?? this.#lastDecision,
      code: decision?.code ?? null,
      reasons: decision?.reasons ?? [],
      ms: Math.round(performance.now() - started),
    };
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function progressText(tell: (message: string) => void) {
  return ({ message }: { message?: string | undefined }) => tell(message ?? "still waiting");
}
