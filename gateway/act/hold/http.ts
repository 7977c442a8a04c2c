import type { ToolCall } from "../../domain/tool-call.ts";

/** Plain HTTP waits when it asks to, up to the route's limit (RFC 7240 §4.3). */
export function preferredWaitMs({ preferWait, route }: ToolCall): number {
  return Math.min((preferWait ?? 0) * 1_000, route.hold.maxWaitMs);
}

/** What of the preference was honoured (RFC 7240 §3): a longer wait than the route allows was cut to its limit. */
export function preferenceApplied(call: ToolCall): Readonly<Record<string, string>> {
  if (call.preferWait === null) return {};
  const seconds = Math.floor(preferredWaitMs(call) / 1_000);
  return { "Preference-Applied": call.preferWait === 0 ? "respond-async" : `wait=${seconds}` };
}
