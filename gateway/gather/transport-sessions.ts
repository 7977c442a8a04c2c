import { Refusal } from "../domain/errors.ts";
import { FairShare } from "../domain/fair-share.ts";
import type { BegunSessions, Clock } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { callerKey, principalKey, type Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { transportSessionKey } from "../domain/transport-session.ts";

const transportBounds = { capacity: 100_000, perAsker: 10_000 };

/**
 * Who uses which transport session (MCP-Session-Id). The tool server sees one credential for all callers, so it cannot
 * tell whose session it is: whoever knew another's id could read its streams, answer for it and end it.
 * A session belongs to the caller that it was begun for, or, where this process has not seen that, to the first that names it; for as
 * long as this process remembers it. A caller that names sessions without end makes it forget its own, those it has not used for the
 * longest time first.
 */
export class TransportSessions implements BegunSessions {
  readonly #owners: FairShare<string>;

  constructor(
    clock: Pick<Clock, "monotonic">,
    limits: { readonly capacity: number; readonly perAsker: number } = transportBounds,
  ) {
    this.#owners = new FairShare({ ...limits, full: "forget", clock });
  }

  /** @throws Refusal mcp_session_unknown, as if there were no such session (MCP 2025-11-25, "Session Management") */
  claim(subject: Subject, { mcp, route }: ToolCall): void {
    if (mcp === null || mcp.transportSession === null) return;
    if (!this.#isOf(subject, route, mcp.transportSession)) throw new Refusal("mcp_session_unknown");
  }

  begun(subject: Subject, route: Route, session: string): void {
    if (!this.#isOf(subject, route, session))
      throw new Refusal("upstream_answer_refused", { detail: "the tool server gave it the session of another caller" });
  }

  #isOf(subject: Subject, route: Route, session: string): boolean {
    const key = transportSessionKey(route, session);
    const caller = callerKey(subject);
    const owner = this.#owners.get(key);
    if (owner === undefined) this.#owners.set(principalKey(subject), key, caller);
    else if (owner === caller) this.#owners.touch(key);
    return owner === undefined || owner === caller;
  }
}
