import { Refusal } from "../domain/errors.ts";
import type { SessionNames } from "../domain/route.ts";
import { declaredIntent, type ToolCall } from "../domain/tool-call.ts";
import { isTransportSession, longestTransportSession } from "../domain/transport-session.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import { foldKey } from "../lib/look-alike.ts";
import { stringItem, traceIdOf } from "../lib/request-headers.ts";
import type { Head } from "./head.ts";
import type { RequestHeaders } from "./headers.ts";

const INTENT_META = "dev.sallyport/intent";
const TRACE_META = "traceparent";
/** The key unless the configuration says another; keys that look like it are refused with those of MCP itself. */
const SESSION_META = "dev.sallyport/session";

/** What the caller declares about its own call: intent, session, trace, wait, Idempotency-Key. All of it is untrusted. */
type DeclaredByCaller = Pick<
  ToolCall,
  "declaredIntent" | "declaredSession" | "declaredTrace" | "traceparent" | "preferWait" | "idempotencyKey"
>;

/**
 * A header wins over `_meta`.
 * @throws Refusal header_refused, rpc_invalid, json_key_refused
 */
export function readDeclaredByCaller(
  headers: RequestHeaders,
  meta: JsonObject | null,
  session: SessionNames,
): DeclaredByCaller {
  const traceparent = headers.one("traceparent") ?? meta?.[TRACE_META];
  return {
    declaredIntent: declaredIntent(headers.one("sallyport-intent") ?? metaText(meta, INTENT_META)),
    declaredSession: readSession(headers, meta, session),
    // One that is malformed names no trace (W3C Trace Context §4.3): the call goes on without.
    declaredTrace: traceIdOf(traceparent),
    ...(typeof traceparent === "string" && { traceparent }),
    preferWait: readPreferWait(headers.list("prefer")),
    idempotencyKey: readIdempotencyKey(headers.one("idempotency-key")),
  };
}

/**
 * The tool server's own id. One that did not open is no session, however long it is: whoever asks whose it is refuses it, so that its
 * client begins anew. @throws Refusal header_refused
 */
export function readTransportSession({ headers, sealed }: Pick<Head, "headers" | "sealed">): string | null {
  const session = headers.one("mcp-session-id");
  if (session === null) return null;
  if (!/^[\x21-\x7e]+$/.test(session)) refuse("mcp-session-id is empty, or not visible ASCII");
  if (sealed !== undefined && !isTransportSession(session))
    refuse(`mcp-session-id is not 1 to ${longestTransportSession} visible ASCII characters`);
  return session;
}

function readSession(headers: RequestHeaders, meta: JsonObject | null, names: SessionNames): string | null {
  if (meta !== null) refuseLookalike(meta, names.meta);
  const session = headers.one(names.header) ?? metaText(meta, names.meta);
  if (session !== null && !isIdentifier(session)) refuse("the session is not 1 to 256 visible ASCII characters");
  return session;
}

/** Some parsers fold keys: to them it would be the key of the session, and to the gateway another. */
function refuseLookalike(meta: JsonObject, named: string): void {
  if (named === SESSION_META) return;
  const folded = foldKey(named);
  if (Object.keys(meta).some((key) => key !== named && foldKey(key) === folded))
    throw new Refusal("json_key_refused", { hint: `a key in /params/_meta that some parsers read as ${named}` });
}

function metaText(meta: JsonObject | null, key: string): string | null {
  const value: JsonValue | undefined = meta !== null && Object.hasOwn(meta, key) ? meta[key] : undefined;
  if (value === undefined) return null;
  if (typeof value !== "string") throw new Refusal("rpc_invalid", { hint: `_meta ${key} is not a string` });
  return value;
}

function isIdentifier(text: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(text);
}

function refuse(hint: string): never {
  throw new Refusal("header_refused", { hint });
}

const LONGEST_KEY = 256;

/**
 * The key of draft-ietf-httpapi-idempotency-key-header: one string item without parameters. The same text, quoted or not,
 * is the same key.
 * @throws Refusal header_refused
 */
function readIdempotencyKey(header: string | null): string | null {
  if (header === null) return null;
  const key = stringItem(header);
  if (key !== null && key.length <= LONGEST_KEY) return key;
  throw new Refusal("header_refused", {
    hint: `idempotency-key is not one quoted string (RFC 9651) of 1 to ${LONGEST_KEY} characters`,
  });
}

/**
 * How long the caller is willing to wait (RFC 7240 §4): seconds of `wait`, 0 for `respond-async` alone, null when
 * neither is there. A preference that cannot be parsed is ignored, as the RFC requires.
 */
function readPreferWait(prefer: string | null): number | null {
  if (prefer === null) return null;
  let async = false;
  for (const part of prefer.toLowerCase().split(",")) {
    const preference = part.split(";", 1)[0]?.trim() ?? "";
    const wait = /^wait ?= ?"?([0-9]{1,9})"?$/.exec(preference);
    // The first of several equal preferences counts (RFC 7240 §2).
    if (wait !== null) return Number(wait[1]);
    if (preference === "respond-async") async = true;
  }
  return async ? 0 : null;
}
