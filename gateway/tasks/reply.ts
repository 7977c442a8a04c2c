import type { Exchange } from "../domain/exchange.ts";
import type { TaskAnswer } from "../domain/tasks.ts";
import { writeMcp } from "../act/respond/tell-mcp.ts";

/** Answers a request about tasks, or a call that became one; in an open event stream as its last event. */
export function reply({ res, context }: Exchange, answer: TaskAnswer): number {
  const message = { jsonrpc: "2.0", id: context.rpc?.id ?? null, ...answer };
  return writeMcp(res, JSON.stringify(message), 200, context.decisionId);
}
