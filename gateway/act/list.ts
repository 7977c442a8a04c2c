import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Judged } from "../domain/judged.ts";
import { outcome, type Outcome } from "../domain/outcome.ts";
import { BufferSink } from "./buffer-sink.ts";
import { send, settle } from "./forward.ts";
import { headerOf, responseHeaders } from "./headers.ts";
import { filterEvents, filterMessage } from "./list-filter.ts";
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
  const keep = (tool: JsonObject): boolean => visible.ofListed(judged, tool);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(sink.body);
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
