import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import { callerKey } from "../../domain/subject.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { messageEvent } from "../../lib/event-stream.ts";
import type { Approval } from "../../domain/approval.ts";
import type { Clock, Holds } from "../../domain/ports.ts";

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
 * Keeps the caller waiting as long as its kind of client can stand it (docs/waiting.md):
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

/** Keeps the caller waiting for `work`, as long as its kind of client can. */
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

/** Whether the caller asked to be told of progress, and reads the stream that tells it. */
export function canShowProgress({ mcp }: ToolCall): boolean {
  return mcp !== null && mcp.kind === "request" && mcp.progressToken !== null && mcp.acceptsEventStream;
}

/**
 * Tells the caller on an event stream that the work goes on, for as long as it does: clients that reset their timeout on
 * progress then wait for hours. Progress must increase, and its message tells a person what the wait is for (MCP,
 * utilities/progress).
 */
export async function withProgress<Result>(
  exchange: Exchange,
  call: ToolCall,
  message: string,
  work: Promise<Result>,
): Promise<Result> {
  const everyMs = call.route.hold.progressEveryMs;
  let shown = 0;
  const show = (): void => {
    if (exchange.res.writableEnded || exchange.res.destroyed) return;
    exchange.res.write(progressEvent(call, shown, message));
    shown += everyMs / 1_000;
  };
  openEventStream(exchange);
  show();
  const timer = setInterval(show, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** One message beside the answer, on the event stream of the request, which is opened for it. */
export function showMessage(exchange: Exchange, json: string): void {
  openEventStream(exchange);
  exchange.res.write(messageEvent(json));
}

function openEventStream(exchange: Exchange): void {
  if (exchange.eventStreamOpen) return;
  exchange.eventStreamOpen = true;
  exchange.res.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "Sallyport-Decision": exchange.context.decisionId,
  });
  exchange.res.flushHeaders();
}

function progressEvent(call: ToolCall, progress: number, message: string): string {
  const params = { progressToken: call.mcp?.progressToken, progress, message };
  return messageEvent(JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params }));
}

/**
 * Calls that wait for people, by the request they came in. Legacy MCP clients that give up do not close the
 * connection: they send `notifications/cancelled` with the request's id (MCP 2025-11-25, utilities/cancellation).
 * Only the same principal, on the same route and transport session, can call its own request off.
 */
export class Cancellations {
  readonly #waiting = new Map<string, AbortController>();

  /** Runs `wait` with a signal that is aborted when the caller calls the request off. */
  async during<Result>(evaluated: EvaluatedCall, wait: (cancelled: AbortSignal) => Promise<Result>): Promise<Result> {
    const { mcp } = evaluated.call;
    const controller = new AbortController();
    if (mcp === null || mcp.kind !== "request" || mcp.id === null) return wait(controller.signal);
    const key = keyOf(evaluated, mcp.id);
    this.#waiting.set(key, controller);
    try {
      return await wait(controller.signal);
    } finally {
      if (this.#waiting.get(key) === controller) this.#waiting.delete(key);
    }
  }

  /** Notes an allowed `notifications/cancelled`; it also goes to the tool server, which knows what already runs. */
  observe(evaluated: EvaluatedCall): void {
    if (evaluated.call.mcp?.kind !== "notification" || evaluated.call.action !== "notifications/cancelled") return;
    const id = evaluated.call.arguments["requestId"];
    if (typeof id === "string" || typeof id === "number") this.#waiting.get(keyOf(evaluated, id))?.abort();
  }
}

function keyOf({ call, subject }: EvaluatedCall, id: string | number): string {
  return JSON.stringify([callerKey(subject), call.route.id, call.mcp?.transportSession ?? null, id]);
}
