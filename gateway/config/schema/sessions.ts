import { z } from "zod";
import { count, duration } from "./values.ts";

/** What is in them would be recorded as a name, or they have another meaning for the gateway. */
const takenHeaders: ReadonlySet<string> = new Set([
  ..."authorization proxy-authorization dpop cookie x-api-key host connection origin transfer-encoding".split(" "),
  ..."traceparent tracestate baggage idempotency-key prefer sallyport-intent sallyport-approval".split(" "),
]);
const takenPrefixes = ["mcp-", "content-"];

const takenKeys: ReadonlySet<string> = new Set(
  "progressToken traceparent tracestate baggage dev.sallyport/intent".split(" "),
);

/** Without an underscore: names that have one are read as others by some tool servers, and are dropped. */
function sessionHeader() {
  return z
    .string()
    .regex(/^[a-z0-9!#$%&'*+.^`|~-]{1,128}$/, { error: "expected a header name in lower case, without an underscore" })
    .refine((name) => !takenHeaders.has(name) && !takenPrefixes.some((prefix) => name.startsWith(prefix)), {
      error: "this header has another meaning",
    });
}

function sessionMeta() {
  return z
    .string()
    .regex(/^[A-Za-z0-9._/-]{1,256}$/, { error: "expected a key such as example.com/session" })
    .refine((key) => !takenKeys.has(key) && !key.startsWith("io.modelcontextprotocol/"), {
      error: "this key has another meaning",
    });
}

export const sessionsSchema = z
  .strictObject({
    idle: duration("1m", "30d")
      .prefault("12h")
      .describe("A session without calls for this long is forgotten; its labels stay."),
    history: count(0, 1000).prefault(50).describe("Latest calls of a session that policy sees."),
    label_window: duration("1h", "3650d")
      .prefault("30d")
      .describe("A label counts for this long after a call gave it last; nothing that callers do ends it sooner."),
    header: sessionHeader()
      .prefault("sallyport-session")
      .describe("Header in which a caller names its session, where neither its token nor MCP names one."),
    meta: sessionMeta()
      .prefault("dev.sallyport/session")
      .describe("Key of `_meta` in MCP messages that does the same; the header goes first."),
  })
  .prefault({})
  .describe("What is remembered of an agent's run.");
