import type { Approval } from "../../domain/approval.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Clock, Holds } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { canShowProgress, withProgress } from "./progress.ts";

/** A question to people, as far as its wait goes. */
export interface Opened {
  readonly id: string;
  readonly summary: string;
}

interface WaitDeps {
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

interface Wait<Result> {
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

/** For the way there and back, and for a client that counts from before it sends. */
const mostMarginMs = 10_000;

/**
 * How much longer an MCP caller waits before it gives up, in milliseconds, Infinity when it does not; counted from when its request came,
 * however often the call is judged meanwhile. Whether progress resets its timeout is a setting of the client that no request
 * carries (`resetTimeoutOnProgress` of the TypeScript SDK, off by default; the Python SDK has none), so the route says it.
 */
export function clientLimitMs(
  exchange: Pick<Exchange, "receivedAt">,
  call: ToolCall,
  clock: Pick<Clock, "monotonic">,
): number {
  const { clientTimeoutMs, progressResetsTimeout } = call.route.hold;
  if (progressResetsTimeout && canShowProgress(call)) return Infinity;
  const limitMs = clientTimeoutMs - Math.min(clientTimeoutMs / 4, mostMarginMs);
  return Math.max(0, exchange.receivedAt + limitMs - clock.monotonic());
}

/** Plain HTTP waits when it asks to, up to the route's limit (RFC 7240 §4.3). */
function preferredWaitMs({ preferWait, route }: ToolCall): number {
  return Math.min((preferWait ?? 0) * 1_000, route.hold.maxWaitMs);
}

/** What of the preference was honoured (RFC 7240 §3): a longer wait than the route allows was cut to its limit. */
export function preferenceApplied(call: ToolCall): Readonly<Record<string, string>> {
  if (call.preferWait === null) return {};
  const seconds = Math.floor(preferredWaitMs(call) / 1_000);
  return { "Preference-Applied": call.preferWait === 0 ? "respond-async" : `wait=${seconds}` };
}
