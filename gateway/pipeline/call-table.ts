import type { Exchange } from "../domain/exchange.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Door, Read, Steps } from "./enforce.ts";

/** The kinds of call and the steps of each. Built in compose/calls.ts; docs/architecture.md is written from it. */
export interface CallTable<Question> {
  /** A request on a route of plain HTTP. */
  readonly http: Steps<Exchange>;
  /** A message of an MCP client. */
  readonly mcp: Steps<Exchange>;
  /** The call of a task, executed by a poll of its caller. */
  readonly task: Steps<Exchange>;
  /** A question of another enforcement point (AuthZEN 1.0). */
  readonly question: Question;
}

/** The entry of agents: parses a request into a call and selects its kind by the route, or by the task that it belongs to. */
export function callDoor(
  parse: (exchange: Exchange) => Promise<ToolCall>,
  table: Pick<CallTable<unknown>, "http" | "mcp" | "task">,
): Door<Exchange> {
  return {
    parse: async (exchange) => ({ call: await parse(exchange) }),
    steps: (exchange, read) => table[kindOf(exchange, read)],
  };
}

function kindOf({ answerSink }: Exchange, { call }: Read): "http" | "mcp" | "task" {
  if (answerSink !== undefined) return "task";
  return call.mcp === null ? "http" : "mcp";
}
