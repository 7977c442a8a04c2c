import type { OpenedSession, SessionOpener } from "../domain/ports.ts";
import { transportSessionHeader } from "../domain/tool-call.ts";
import type { Head } from "./head.ts";
import type { RequestHeaders } from "./headers.ts";

/**
 * A message of MCP with the tool server's own id of its transport session in the place of the one that its caller has: what is judged
 * and forwarded has that alone. A head whose id does not open stays as it is; whoever asks whose the session is refuses it.
 * @throws Refusal store_unavailable
 */
export function withOpenedSession(head: Head, sessions: SessionOpener): Head | Promise<Head> {
  const named = head.route.protocol === "mcp" ? head.headers.one(transportSessionHeader) : null;
  if (named === null) return head;
  const opened = sessions.open(named);
  return opened instanceof Promise ? opened.then((late) => inSession(head, late)) : inSession(head, opened);
}

function inSession(head: Head, opened: OpenedSession | null): Head {
  if (opened === null) return head;
  const { session, ...sealed } = opened;
  return { ...head, headers: withSession(head.headers, session), sealed };
}

function withSession(headers: RequestHeaders, session: string): RequestHeaders {
  const isSession = (name: string): boolean => name === transportSessionHeader;
  return {
    ...headers,
    one: (name) => (isSession(name) ? session : headers.one(name)),
    endToEnd: headers.endToEnd.map(([name, value]) => [name, isSession(name) ? session : value] as const),
  };
}
