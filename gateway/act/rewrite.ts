import { createParser, type EventSourceParser } from "eventsource-parser";
import { isJsonObject, type JsonObject } from "../domain/json.ts";

/** One JSON-RPC message as the caller gets it. */
export type Rewrite = (message: JsonObject) => JsonObject;

/** One message as text, written anew. An empty body (an accepted notification) stays empty. @throws on what is no single message */
export function rewriteMessage(text: string, rewrite: Rewrite): string {
  if (text.trim() === "") return "";
  const message: unknown = JSON.parse(text);
  if (!isJsonObject(message)) throw new TypeError("not one JSON-RPC message");
  return JSON.stringify(rewrite(message));
}

/** Event by event: each one assembled as a client assembles it, and written anew. @throws on an event that is no message, or larger than `maxBytes` */
export function eventRewriter(rewrite: Rewrite, emit: (event: string) => void, maxBytes = Infinity): EventSourceParser {
  return createParser({
    ...(maxBytes === Infinity ? {} : { maxBufferSize: maxBytes }),
    onEvent: ({ id, event, data }) => {
      const head = `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
      emit(`${head}data: ${rewriteMessage(data, rewrite)}\n\n`);
    },
    onRetry: (milliseconds) => emit(`retry: ${milliseconds}\n\n`),
    onComment: (comment) => emit(`:${comment}\n\n`),
    onError: (error) => {
      throw error;
    },
  });
}

export function rewriteEvents(text: string, rewrite: Rewrite): string {
  let out = "";
  const parser = eventRewriter(rewrite, (event) => {
    out += event;
  });
  // Clients skip a byte order mark, so what stands behind it is an event to them.
  const events = text.replace(/^\ufeff/, "");
  parser.feed(/(\r\n|\n|\r)\1$/.test(events) ? events : `${events}\n\n`);
  return out;
}
