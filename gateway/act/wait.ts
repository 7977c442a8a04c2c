import type { Approval } from "../domain/approval.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Holds } from "../domain/ports.ts";
import type { ToolCall } from "../domain/tool-call.ts";

/**
 * Keeps the caller waiting as long as its kind of client can stand it (holds.md, "How each client waits"):
 * plain HTTP only when it asked to, MCP with a progress token on an event stream, any other MCP silently and shortly.
 */
export async function waitForPeople(
  exchange: Exchange,
  call: ToolCall,
  approval: Approval,
  holds: Holds,
  leaving: AbortSignal,
): Promise<Approval> {
  const { hold, protocol } = call.route;
  const signal = AbortSignal.any([leaving, holds.draining]);
  if (protocol === "http") {
    const asked = Math.min((call.preferWait ?? 0) * 1_000, hold.maxWaitMs);
    return holds.settled(approval.id, asked, signal);
  }
  const { mcp } = call;
  if (mcp === null || mcp.kind !== "request") return approval;
  if (mcp.progressToken !== null && mcp.acceptsEventStream)
    return waitWithProgress(exchange, call, approval, holds, signal);
  return holds.settled(approval.id, hold.silentWaitMs, signal);
}

/** Progress must increase, and its message tells a person what the wait is for (MCP, utilities/progress). */
async function waitWithProgress(
  exchange: Exchange,
  call: ToolCall,
  approval: Approval,
  holds: Holds,
  signal: AbortSignal,
): Promise<Approval> {
  const { maxWaitMs, progressEveryMs } = call.route.hold;
  let waited = 0;
  let current = approval;
  openEventStream(exchange);
  while (current.state === "held" && waited < maxWaitMs && !signal.aborted) {
    exchange.res.write(progressEvent(call, current, waited / 1_000));
    const next = Math.min(progressEveryMs, maxWaitMs - waited);
    current = await holds.settled(approval.id, next, signal);
    waited += next;
  }
  return current;
}

function openEventStream(exchange: Exchange): void {
  if (exchange.eventStreamOpen) return;
  exchange.eventStreamOpen = true;
  exchange.res.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "Sallyport-Decision": exchange.trail.decisionId,
  });
  exchange.res.flushHeaders();
}

function progressEvent(call: ToolCall, approval: Approval, seconds: number): string {
  const params = {
    progressToken: call.mcp?.progressToken,
    progress: seconds,
    message: `Waiting for human approval ${approval.id}: ${approval.requirement.summary}`,
  };
  return `event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params })}\n\n`;
}
