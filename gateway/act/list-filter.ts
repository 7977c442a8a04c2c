import type { EventSourceParser } from "eventsource-parser";
import { isJsonObject, type JsonObject } from "../domain/json.ts";
import { eventRewriter, type Rewrite, rewriteEvents, rewriteMessage } from "./rewrite.ts";

export type Keep = (tool: JsonObject) => boolean;

/** Takes tools out of a message that lists them, and shows the others in this form. @throws TypeError on a list that is none */
export function keptTools(keep: Keep, show: (tool: JsonObject) => JsonObject = (tool) => tool): Rewrite {
  return (message) => {
    const { result } = message;
    if (!isJsonObject(result) || !("tools" in result)) return message;
    const { tools } = result;
    if (!Array.isArray(tools)) throw new TypeError("tools is not an array");
    const kept = tools.filter((tool) => isJsonObject(tool) && keep(tool)).map(show);
    return { ...message, result: { ...result, tools: kept, ...uncached(result) } };
  };
}

/** What one caller may see must not be kept for another, nor outlive a change of policy (MCP 2026-07-28, caching). */
function uncached(result: JsonObject): JsonObject {
  return "ttlMs" in result || "cacheScope" in result ? { ttlMs: 0, cacheScope: "private" } : {};
}

export function filterMessage(text: string, keep: Keep): string {
  return rewriteMessage(text, keptTools(keep));
}

export function filterEvents(text: string, keep: Keep): string {
  return rewriteEvents(text, keptTools(keep));
}

export function eventFilter(keep: Keep, emit: (event: string) => void, maxBytes = Infinity): EventSourceParser {
  return eventRewriter(keptTools(keep), emit, maxBytes);
}
