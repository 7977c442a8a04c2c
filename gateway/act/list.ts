import { createParser } from "eventsource-parser";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { isJsonObject, type JsonObject } from "../domain/json.ts";
import type { Judged } from "../domain/judged.ts";
import { outcome, type Outcome } from "../domain/outcome.ts";
import { BufferSink } from "./buffer-sink.ts";
import { send, settle } from "./forward.ts";
import { headerOf, responseHeaders } from "./headers.ts";
import type { Upstreams } from "./upstreams.ts";
import type { Visibility } from "./visibility.ts";

/** Stale once the body is written anew. */
const rewritten = new Set(["content-length", "etag", "content-md5", "digest", "content-digest", "last-modified"]);

/**
 * Forwards a tools/list and takes out what this caller may not see. Every frame is parsed and written anew;
 * one that cannot be read is withheld whole, since whoever reads it differently would see what was hidden.
 */
export async function forwardList(
  upstreams: Upstreams,
  exchange: Exchange,
  judged: Judged,
  ownHeaders: readonly string[],
  visible: Visibility,
): Promise<Outcome> {
  const sink = new BufferSink(judged.call.route.upstream.maxResponseBytes);
  const sent = await send(upstreams, exchange, judged, ownHeaders, sink);
  if (sent.error !== null) return settle(exchange, judged, sent);
  const type = (headerOf(sink.raw, "content-type") ?? "").toLowerCase();
  const text = sink.body.toString();
  const keep = (tool: JsonObject): boolean => visible.ofListed(judged, tool);
  try {
    const body = type.startsWith("text/event-stream") ? filterEvents(text, keep) : filterMessage(text, keep);
    const headers = responseHeaders(sink.raw, ["Sallyport-Decision", judged.decisionId], rewritten);
    exchange.res.writeHead(sink.status, [...headers, "Content-Length", String(Buffer.byteLength(body))]);
    exchange.res.end(body);
    return settle(exchange, judged, sent);
  } catch (cause) {
    const refusal = new Refusal("upstream_answer_refused", { detail: String(cause), cause });
    const withheld = settle(exchange, judged, { ...sent, error: refusal });
    return outcome({ ...withheld, kind: "failed" });
  }
}

/** One JSON-RPC message as text, its tools filtered. An empty body (an accepted notification) stays empty. */
export function filterMessage(text: string, keep: (tool: JsonObject) => boolean): string {
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

export function filterEvents(text: string, keep: (tool: JsonObject) => boolean): string {
  let out = "";
  const parser = createParser({
    onEvent: (event) => {
      if (event.id !== undefined) out += `id: ${event.id}\n`;
      if (event.event !== undefined) out += `event: ${event.event}\n`;
      out += `data: ${event.data === "" ? "" : filterMessage(event.data, keep)}\n\n`;
    },
    onRetry: (ms) => {
      out += `retry: ${ms}\n\n`;
    },
    onError: (error) => {
      throw error;
    },
  });
  parser.feed(text.endsWith("\n\n") ? text : `${text}\n\n`);
  return out;
}
