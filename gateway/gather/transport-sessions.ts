import { Refusal } from "../domain/errors.ts";
import { principalKey, type Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";

const remembered = 100_000;

/**
 * Who uses which transport session (MCP-Session-Id). The tool server sees one credential for all callers, so it cannot
 * tell whose session it is: whoever knew another's id could read its streams, answer for it and end it.
 * A session belongs to the first caller that names it, for as long as this process remembers it.
 */
export class TransportSessions {
  readonly #owners = new Map<string, string>();

  /** @throws Refusal mcp_session_unknown, as if there were no such session (MCP 2025-11-25, "Session Management") */
  claim(subject: Subject, { mcp, route }: ToolCall): void {
    if (mcp === null || mcp.transportSession === null) return;
    // By the tool server and not by the route: two routes may lead to the same sessions.
    const key = JSON.stringify([route.upstream.origin, mcp.transportSession]);
    const caller = principalKey(subject);
    const owner = this.#owners.get(key) ?? caller;
    if (owner !== caller) throw new Refusal("mcp_session_unknown");
    this.#touch(key, owner);
  }

  /** The one that was not used for the longest time is forgotten first. */
  #touch(key: string, owner: string): void {
    this.#owners.delete(key);
    this.#owners.set(key, owner);
    if (this.#owners.size <= remembered) return;
    for (const oldest of this.#owners.keys()) {
      this.#owners.delete(oldest);
      return;
    }
  }
}
