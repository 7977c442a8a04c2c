import { createParser, type EventSourceParser } from "eventsource-parser";
import { isJsonObject, type JsonObject } from "../domain/json.ts";

export type Keep = (tool: JsonObject) => boolean;

/** One JSON-RPC message as text, its tools filtered and written anew. An empty body (an accepted notification) stays empty. */
export function filterMessage(text: string, keep: Keep): string {
  if (text.trim() === "") return "";
  const message: unknown = JSON.parse(text);
  if (!isJsonObject(message)) throw new TypeError("not one JSON-RPC message");
  const { result } = message;
  if (!isJsonObject(result) || !("tools" in result)) return JSON.stringify(message);
  const { tools } = result;
  if (!Array.isArray(tools)) throw new TypeError("tools is not an array");
  const kept = tools.filter((tool) => isJsonObject(tool) && keep(tool));
  return JSON.stringify({ ...message, result: { ...result, tools: kept, ...uncached(result) } });
}

/** What one caller may see must not be kept for another, nor outlive a change of policy (MCP 2026-07-28, caching). */
function uncached(result: JsonObject): JsonObject {
  return "ttlMs" in result || "cacheScope" in result ? { ttlMs: 0, cacheScope: "private" } : {};
}

/** Event by event: each one assembled as a client assembles it, filtered, and written anew. @throws on an event that is no message, or larger than `maxBytes` */
export function eventFilter(keep: Keep, emit: (event: string) => void, maxBytes = Infinity): EventSourceParser {
  return createParser({
    ...(maxBytes === Infinity ? {} : { maxBufferSize: maxBytes }),
    onEvent: ({ id, event, data }) => {
      const head = `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
      emit(`${head}data: ${filterMessage(data, keep)}\n\n`);
    },
    onRetry: (milliseconds) => emit(`retry: ${milliseconds}\n\n`),
    onComment: (comment) => emit(`:${comment}\n\n`),
    onError: (error) => {
      throw error;
    },
  });
}

export function filterEvents(text: string, keep: Keep): string {
  let out = "";
  const parser = eventFilter(keep, (event) => {
    out += event;
  });
  // Clients skip a byte order mark, so what stands behind it is an event to them.
  const events = text.replace(/^\ufeff/, "");
  parser.feed(/(\r\n|\n|\r)\1$/.test(events) ? events : `${events}\n\n`);
  return out;
}
