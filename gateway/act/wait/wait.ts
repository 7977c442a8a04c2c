import type { Approval } from "../../domain/approval.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Holds } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { preferredWaitMs } from "./http.ts";
import { canShowProgress, withProgress } from "./progress.ts";

/** A question to people, as far as its wait goes. */
export interface Opened {
  readonly id: string;
  readonly summary: string;
}

/**
 * Keeps the caller waiting as long as its kind of client can stand it (holds.md, "How each client waits"):
 * plain HTTP only when it asked to, MCP with a progress token on an event stream, any other MCP silently and shortly.
 */
export function waitForPeople(
  exchange: Exchange,
  call: ToolCall,
  { id, summary }: Opened,
  holds: Holds,
  stop: AbortSignal,
): Promise<Approval> {
  const { hold, protocol } = call.route;
  if (protocol === "http") return holds.settled(id, preferredWaitMs(call), stop);
  if (call.mcp?.kind !== "request") return holds.settled(id, 0, stop);
  if (!canShowProgress(call)) return holds.settled(id, hold.silentWaitMs, stop);
  const text = `Waiting for human approval ${id}: ${summary}`;
  return withProgress(exchange, call, text, holds.settled(id, hold.maxWaitMs, stop));
}
