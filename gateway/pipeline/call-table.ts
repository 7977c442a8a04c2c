import type { Exchange } from "../domain/exchange.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Door, Read, Steps } from "./enforce.ts";

/** The kinds of call and the steps of each; built in compose/calls.ts, printed in docs/architecture.md. */
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

/** The door of agents: what they send becomes a call whose route, or whose task, says its kind. */
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
