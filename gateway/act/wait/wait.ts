import type { Approval } from "../../domain/approval.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Holds } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { preferredWaitMs } from "./http.ts";
import { canShowProgress, withProgress } from "./progress.ts";

/**
 * Keeps the caller waiting as long as its kind of client can stand it (holds.md, "How each client waits"):
 * plain HTTP only when it asked to, MCP with a progress token on an event stream, any other MCP silently and shortly.
 */
export function waitForPeople(
  exchange: Exchange,
  call: ToolCall,
  approval: Approval,
  holds: Holds,
  leaving: AbortSignal,
): Promise<Approval> {
  const { hold, protocol } = call.route;
  const signal = AbortSignal.any([leaving, holds.draining]);
  if (protocol === "http") return holds.settled(approval.id, preferredWaitMs(call), signal);
  if (call.mcp?.kind !== "request") return Promise.resolve(approval);
  if (!canShowProgress(call)) return holds.settled(approval.id, hold.silentWaitMs, signal);
  const text = `Waiting for human approval ${approval.id}: ${approval.requirement.summary}`;
  return withProgress(exchange, call, text, holds.settled(approval.id, hold.maxWaitMs, signal));
}
