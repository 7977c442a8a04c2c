import type { Approval } from "../../domain/approval.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Clock, Holds } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { clientLimitMs } from "./client-limit.ts";
import { preferredWaitMs } from "./http.ts";
import { canShowProgress, withProgress } from "./progress.ts";

/** A question to people, as far as its wait goes. */
export interface Opened {
  readonly id: string;
  readonly summary: string;
}

export interface WaitDeps {
  readonly holds: Pick<Holds, "settled">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly stop: AbortSignal;
}

/**
 * Keeps the caller waiting as long as its kind of client can stand it (holds.md, "How each client waits"):
 * plain HTTP only when it asked to, MCP with a progress token on an event stream, any other MCP silently and shortly.
 */
export function waitForPeople(
  exchange: Exchange,
  call: ToolCall,
  { id, summary }: Opened,
  { holds, clock, stop }: WaitDeps,
): Promise<Approval> {
  const text = `Waiting for human approval ${id}: ${summary}`;
  return keptWaiting(exchange, call, { clock, text, work: (ms) => holds.settled(id, ms, stop) });
}

export interface Wait<Result> {
  readonly clock: Pick<Clock, "monotonic">;
  /** What the wait is for, for a person. */
  readonly text: string;
  /** Resolves after so many milliseconds at the latest. */
  readonly work: (ms: number) => Promise<Result>;
}

/** Does so for any `work`. */
export function keptWaiting<Result>(
  exchange: Exchange,
  call: ToolCall,
  { clock, text, work }: Wait<Result>,
): Promise<Result> {
  const { hold, protocol } = call.route;
  if (protocol === "http") return work(preferredWaitMs(call));
  if (call.mcp?.kind !== "request") return work(0);
  const limit = clientLimitMs(exchange, call, clock);
  if (!canShowProgress(call)) return work(Math.min(hold.silentWaitMs, limit));
  return withProgress(exchange, call, text, work(Math.min(hold.maxWaitMs, limit)));
}
