import type { Exchange } from "../../domain/exchange.ts";
import type { Clock } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { canShowProgress } from "./progress.ts";

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
