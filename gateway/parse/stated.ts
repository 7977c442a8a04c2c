import { Refusal } from "../domain/errors.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { RequestHeaders } from "./headers.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { readPreferWait } from "./prefer.ts";

const INTENT_META = "dev.sallyport/intent";
const SESSION_META = "dev.sallyport/session";
const LONGEST_INTENT = 2_000;

/** What the caller says about its own call, apart from the call. All of it is untrusted. */
export type Stated = Pick<ToolCall, "statedIntent" | "statedSession" | "preferWait" | "idempotencyKey">;

/**
 * A header wins over `_meta`, which wins over the transport's session.
 * @throws Refusal header_refused, rpc_invalid
 */
export function readStated(headers: RequestHeaders, meta: JsonObject | null, transportSession: string | null): Stated {
  return {
    statedIntent: checked(headers.one("sallyport-intent") ?? metaText(meta, INTENT_META), LONGEST_INTENT, "intent"),
    statedSession: readSession(headers, meta) ?? transportSession,
    preferWait: readPreferWait(headers.list("prefer")),
    idempotencyKey: readIdempotencyKey(headers.one("idempotency-key")),
  };
}

/** Visible ASCII only (MCP 2025-11-25, "Session Management"). @throws Refusal header_refused */
export function readTransportSession(headers: RequestHeaders): string | null {
  const session = headers.one("mcp-session-id");
  if (session !== null && !isIdentifier(session)) refuse("mcp-session-id is not 1 to 256 visible ASCII characters");
  return session;
}

function readSession(headers: RequestHeaders, meta: JsonObject | null): string | null {
  const session = headers.one("sallyport-session") ?? metaText(meta, SESSION_META);
  if (session !== null && !isIdentifier(session)) refuse("the session is not 1 to 256 visible ASCII characters");
  return session;
}

function metaText(meta: JsonObject | null, key: string): string | null {
  const value: JsonValue | undefined = meta !== null && Object.hasOwn(meta, key) ? meta[key] : undefined;
  if (value === undefined) return null;
  if (typeof value !== "string") throw new Refusal("rpc_invalid", { hint: `_meta ${key} is not a string` });
  return value;
}

function checked(text: string | null, longest: number, what: string): string | null {
  if (text === null || text === "") return null;
  if (text.length > longest) refuse(`the ${what} is longer than ${longest} characters`);
  return text;
}

function isIdentifier(text: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(text);
}

function refuse(hint: string): never {
  throw new Refusal("header_refused", { hint });
}
