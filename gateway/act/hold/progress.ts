import type { Exchange } from "../../domain/exchange.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { messageEvent } from "../../lib/event-stream.ts";

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
