import type { HttpAgent } from "../agent/http-agent.ts";
import type { McpAgent } from "../agent/mcp-agent.ts";
import type { People } from "../agent/people.ts";
import type { ToolServer } from "../tools/start.ts";

/** What every scene finds when the curtain rises. */
export interface Stage {
  /** An agent on plain HTTP with the role `refunds`. */
  readonly refundBot: HttpAgent;
  /** An MCP agent with the role `support`, in the named session of its token. */
  supportBot(session: string): Promise<McpAgent>;
  readonly payments: ToolServer;
  readonly crm: ToolServer;
  readonly people: People;
  /** How long the policy lets people think about a held call. */
  readonly decideWithinMs: number;
  /** The one rule file of the running policy that scenes edit. */
  readonly ruleFile: string;
  /** The gateway's own word on whether it is fit for traffic, as JSON text. */
  readiness(): Promise<string>;
}

/** One act of the demo, told and checked. */
export interface Scene {
  /** Stable, for machines. */
  readonly name: string;
  readonly protocol: "http" | "mcp";
  /** What happens, for people. */
  readonly title: string;
  readonly expected: string;
  /** How often the tool server may have run the call in the end. */
  readonly executions: number;
  play(stage: Stage): Promise<Played>;
}

/** What a scene with a held call observes when nobody decided. Nothing ran, so that is as it should be. */
export const undecided = "hold, then expired";

/** What came of it. */
export interface Played {
  readonly observed: string;
  /** As the tool server counted. */
  readonly executions: number;
  readonly decisionId: string | null;
  /** The sentence the agent got. */
  readonly said: string;
  /** The call under test, from request to answer; waiting for people included. */
  readonly ms: number;
}

/** How often the tool server ran exactly this call. */
export async function ran(
  server: ToolServer,
  operation: string,
  args: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { by_arguments } = await server.counts();
  return by_arguments[`${operation} ${JSON.stringify(args, Object.keys(args).sort())}`] ?? 0;
}
