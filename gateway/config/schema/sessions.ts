import { z } from "zod";
import { endpointClients } from "./endpoint-clients.ts";
import { count, duration } from "./values.ts";

const taskText = z
  .strictObject({
    ...endpointClients({
      who: "Ids of the OAuth clients (claim `client` of their issuer) that may add to the text of a session's task. Empty: nobody may.",
      scope: "task-text",
      scopeFor: "for /sessions/{id}/task-text",
      path: "/sessions",
    }),
    keep: duration("1m", "30d")
      .prefault("12h")
      .describe("How long the texts of a session are kept after the last one was added."),
  })
  .prefault({})
  .describe(
    "Who may add to the text of a task in the run, by POST /sessions/{id}/task-text or in `_meta` of an MCP request. Up to 16 KiB in all; in no policy input and no record.",
  );

/** What is in them would be recorded as a name, or they have another meaning for the gateway. */
const takenHeaders: ReadonlySet<string> = new Set([
  ..."authorization proxy-authorization dpop cookie x-api-key host connection origin transfer-encoding".split(" "),
  ..."traceparent tracestate baggage idempotency-key prefer sallyport-intent sallyport-approval".split(" "),
]);
const takenPrefixes = ["mcp-", "content-"];

const takenKeys: ReadonlySet<string> = new Set(
  "progressToken traceparent tracestate baggage dev.sallyport/intent dev.sallyport/task-text".split(" "),
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
    transport: z
      .boolean()
      .optional()
      .describe(
        "Whether a session of MCP's transport (revisions up to 2025-11-25) is a session here. With `false` its calls belong to the caller's own window, in which the local calls of its client are too. Default: `false` where the gateway answers hooks (`authzen.hooks`), else `true`. Where it does, a trace names no session either.",
      ),
    digest_key: z
      .string()
      .optional()
      .describe(
        "Reference (`env:NAME` or `file:PATH`) to the secret of at least 32 characters that digests of remembered values are made with. All gateways of one store need the same. Default: one that is made once and kept in the store. With another secret, which values sessions have met before is forgotten.",
      ),
    task_text: taskText,
  })
  .prefault({})
  .describe("What is remembered of an agent's run.");
