import { hash } from "node:crypto";
import type { EvaluatedCall } from "./exchange.ts";
import type { Route } from "./route.ts";
import { callerKey } from "./subject.ts";
import type { ToolCall } from "./tool-call.ts";

/** The key of a session of MCP (`MCP-Session-Id`): by the tool server and not by the route, since two routes may lead to the same sessions. */
export function transportSessionKey({ upstream }: Pick<Route, "upstream">, session: string): string {
  return JSON.stringify([upstream.origin, keptId(session)]);
}

/** That of the session which a message names; null where it names none. */
export function transportSessionOf({ mcp, route }: Pick<ToolCall, "mcp" | "route">): string | null {
  const session = mcp?.transportSession ?? null;
  return session === null ? null : transportSessionKey(route, session);
}

/** Of an id that a tool server gives a session: some are whole tokens. */
export const longestTransportSession = 1_024;

/** Visible ASCII only (MCP 2025-11-25, "Session Management"). */
export function isTransportSession(id: string): boolean {
  return id.length <= longestTransportSession && /^[\x21-\x7e]+$/.test(id);
}

/** In keys a longer id is its digest: there are up to 100,000 keys in a map, and an index of PostgreSQL holds none beyond 2,704 bytes. */
const longestInKey = 256;

/** The space is in no id (`isTransportSession`), so no id is the same text as another's digest. */
function keptId(id: string): string {
  return id.length <= longestInKey ? id : `sha256 ${hash("sha256", id, "base64url")}`;
}

interface InSession {
  /** In the place of the one that the message names. */
  readonly session?: string;
  /** JSON-RPC id of a message in the session: 1 and "1" are two ids. */
  readonly id?: string | number;
}

/** The key of a session, or of a message in it, for one caller and the person it acts for; messages that name no session are in one as well. */
export function callerSessionKey(
  { call, subject }: Pick<EvaluatedCall, "call" | "subject">,
  { session, id }: InSession = {},
): string {
  const named = session ?? call.mcp?.transportSession ?? null;
  const kept = named === null ? null : keptId(named);
  return JSON.stringify([callerKey(subject), call.route.upstream.origin, kept, ...(id === undefined ? [] : [id])]);
}
