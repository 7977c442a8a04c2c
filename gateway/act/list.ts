import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Judged } from "../domain/judged.ts";
import { outcome, type Outcome } from "../domain/outcome.ts";
import { BufferSink } from "./buffer-sink.ts";
import { send, settle } from "./forward.ts";
import { keptTools } from "./list-filter.ts";
import { type Rewrite, rewriteEvents, rewriteMessage } from "./rewrite.ts";
import { listedTool } from "./tasks/advertise.ts";
import type { Upstreams } from "./upstreams.ts";
import type { Visibility } from "./visibility.ts";

/** Stale once the body is written anew. */
const rewritten = new Set(["content-length", "etag", "content-md5", "digest", "content-digest", "last-modified"]);

/**
 * Forwards a tools/list and takes out what this caller may not see. Every frame is parsed and written anew;
 * one that cannot be read is withheld whole, since whoever reads it differently would see what was hidden.
 */
export function forwardList(
  upstreams: Upstreams,
  exchange: Exchange,
  judged: Judged,
  ownHeaders: readonly string[],
  visible: Visibility,
): Promise<Outcome> {
  const keep = (tool: JsonObject): boolean => visible.ofListed(judged, tool);
  return forwardRewritten(upstreams, exchange, judged, ownHeaders, keptTools(keep, listedTool(judged.call)));
}

/**
 * Forwards the message that opens a conversation, and adds to its answer what the gateway offers. Anything but a success
 * goes through as it is: by the tool server's own refusals clients find out which era it speaks.
 */
export function forwardOpening(
  upstreams: Upstreams,
  exchange: Exchange,
  judged: Judged,
  ownHeaders: readonly string[],
  announce: Rewrite,
): Promise<Outcome> {
  return forwardRewritten(upstreams, exchange, judged, ownHeaders, announce, (status) => status !== 200);
}

async function forwardRewritten(
  upstreams: Upstreams,
  exchange: Exchange,
  judged: Judged,
  ownHeaders: readonly string[],
  rewrite: Rewrite,
  asItIs: (status: number) => boolean = () => false,
): Promise<Outcome> {
  const sink = new BufferSink(judged.call.route.upstream.maxResponseBytes);
  const sent = await send(upstreams, exchange, judged, ownHeaders, sink);
  if (sent.error !== null) return settle(exchange, judged, sent);
  try {
    const { status } = sink.answer;
    const body = asItIs(status) ? sink.body : Buffer.from(written(sink, rewrite));
    const headers = sink.answer.passedOn(["Sallyport-Decision", judged.decisionId], rewritten);
    exchange.res.writeHead(status, [...headers, "Content-Length", String(body.length)]);
    exchange.res.end(body);
    return settle(exchange, judged, sent);
  } catch (cause) {
    const refusal = new Refusal("upstream_answer_refused", { detail: String(cause), cause });
    const withheld = settle(exchange, judged, { ...sent, error: refusal });
    return outcome({ ...withheld, kind: "failed" });
  }
}

/** @throws Error on a body that is no message or stream of messages */
function written({ answer, body }: BufferSink, rewrite: Rewrite): string {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  return answer.isEventStream ? rewriteEvents(text, rewrite) : rewriteMessage(text, rewrite);
}
