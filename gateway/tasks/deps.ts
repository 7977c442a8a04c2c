import type { IncomingMessage, ServerResponse } from "node:http";
import type { ResultPhase } from "../act/results/result-phase.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { ClientConnection } from "../domain/connections.ts";
import type { Clock, Holds, Ids, Logger, McpTaskStore, SessionSealer } from "../domain/ports.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Running } from "./running.ts";

/** What every part of this folder works with. */
export interface TaskDeps {
  readonly store: McpTaskStore;
  readonly holds: Holds;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly running: Running;
  /** Judges what a task came to each time that its caller gets it, by the policy that is active then. */
  readonly results: Pick<ResultPhase, "of">;
  /** Ids of transport sessions as callers have them: a stored call is parsed as one of its caller. */
  readonly sessions: SessionSealer;
  /** This process, among those that share the store. */
  readonly process: string;
  readonly isAlive: (process: string) => Promise<boolean>;
  /** Whether the tool server itself makes tasks of calls of this tool, as its definition says. */
  readonly makesTasks: (server: string, tool: string) => Promise<boolean>;
  /** An exchange that comes from no socket of its own. */
  readonly begin: (parts: InnerParts) => Exchange;
}

export interface InnerParts {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly answerSink: NonNullable<Exchange["answerSink"]>;
  readonly body: Buffer;
  readonly connection: ClientConnection;
  /** Whose request it is done for: its credentials count. */
  readonly credentials: IncomingMessage;
  readonly task?: string;
  readonly resumed: string | null;
}

/** Open tasks of one caller; more would be a store that fills up. */
export const maxOpen = 200;

/** Whether this very request may be answered with a task of the gateway's. */
export function mayBecomeTask({ route, action, mcp }: ToolCall): boolean {
  if (!route.hold.tasks || action !== "tools/call" || mcp === null) return false;
  return mcp.kind === "request" && mcp.id !== null && mcp.tasks !== null;
}
