import type { HttpAgent } from "../agent/http-agent.ts";
import type { McpAgent } from "../agent/mcp-agent.ts";
import type { People } from "../agent/people.ts";
import type { ToolServer } from "../tools/start.ts";

/** What is prepared for every scene. */
export interface Stage {
  /** An agent on plain HTTP with the role `refunds`. */
  readonly refundBot: HttpAgent;
  /** An MCP agent with the role `support`, in the named session of its token. */
  supportBot(session: string): Promise<McpAgent>;
  readonly payments: ToolServer;
  readonly crm: ToolServer;
  readonly people: People;
  /** How long a held call waits for people. */
  readonly decideWithinMs: number;
  /** The one rule file of the running policy that scenes edit. */
  readonly ruleFile: string;
  /** The gateway's readiness report, as JSON text. */
  readiness(): Promise<string>;
}

/** One scene of the demo: its title, its steps and its expected result. */
export interface Scene {
  /** Stable, for machines. */
  readonly name: string;
  readonly protocol: "http" | "mcp";
  /** What happens, for people. */
  readonly title: string;
  readonly expected: string;
  /** Expected number of executions by the tool server. */
  readonly executions: number;
  play(stage: Stage): Promise<Played>;
}

/** Result of a scene whose held call was not decided. Nothing was executed, so it counts as a success. */
export const undecided = "hold, then expired";

/** The observed result. */
export interface Played {
  readonly observed: string;
  /** As the tool server counted. */
  readonly executions: number;
  readonly decisionId: string | null;
  /** The message that the agent got. */
  readonly said: string;
  /** Duration of the tested call, including the wait for people. */
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
