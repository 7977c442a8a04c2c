import { Refusal } from "../domain/errors.ts";
import { FairShare } from "../domain/fair-share.ts";
import type { BegunSessions, Clock, SessionClaim, TransportSessionStore } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { callerKey, principalKey, type Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { transportSessionKey } from "../domain/transport-session.ts";
import { batched } from "../lib/event-loop.ts";

const transportBounds = { capacity: 100_000, perAsker: 10_000 };

/** What the store has said is asked again after so long, so that it knows which sessions are in use. */
const confirmedMs = 86_400_000;
/** Of one that only a caller has named; the store forgets it after an hour. */
const namedConfirmedMs = 1_800_000;

interface Owner {
  readonly caller: string;
  /** A tool server has begun it, as far as this process has seen. */
  readonly isBegun: boolean;
  /** The store, too, says so. */
  readonly isShared: boolean;
}

/**
 * Who uses which transport session (MCP-Session-Id). The tool server sees one credential for all callers, so it cannot
 * tell whose session it is: whoever knew another's id could read its streams, answer for it and end it.
 * A session belongs to the caller that it was begun for, or, where this process has not seen that, to the first that names it; for as
 * long as this process remembers it. A caller that names sessions without end makes it forget its own, those it has not used for the
 * longest time first. Where several processes share a store, that says whose each session is.
 */
export class TransportSessions implements BegunSessions {
  readonly #owners: FairShare<Owner>;
  readonly #claim: ((claim: SessionClaim) => Promise<string>) | null;

  /** `shared`: null where this process is the only one. */
  constructor(
    clock: Pick<Clock, "monotonic">,
    limits: { readonly capacity: number; readonly perAsker: number } = transportBounds,
    shared: Pick<TransportSessionStore, "claim"> | null = null,
  ) {
    this.#owners = new FairShare({ ...limits, full: "forget", clock });
    this.#claim = shared === null ? null : batched((claims) => shared.claim(claims));
  }

  /** @throws Refusal mcp_session_unknown, as if there were no such session (MCP 2025-11-25, "Session Management"); store_unavailable */
  claim(subject: Subject, { mcp, route }: ToolCall): void | Promise<void> {
    if (mcp === null || mcp.transportSession === null) return;
    const key = transportSessionKey(route, mcp.transportSession);
    if (!this.#isOf(subject, key, false)) throw new Refusal("mcp_session_unknown");
    if (this.#claim !== null && this.#owners.get(key)?.isShared !== true) return this.#claimShared(subject, key);
  }

  begun(subject: Subject, route: Route, session: string): void {
    const key = transportSessionKey(route, session);
    if (!this.#isOf(subject, key, true))
      throw new Refusal("upstream_answer_refused", { detail: "the tool server gave it the session of another caller" });
    // What the store cannot note now, it is asked again with the next call of the session.
    if (this.#claim !== null && this.#owners.get(key)?.isShared !== true)
      this.#claimShared(subject, key).catch(() => undefined);
  }

  #isOf(subject: Subject, key: string, isBegun: boolean): boolean {
    const caller = callerKey(subject);
    const owner = this.#owners.get(key);
    const isNews = owner === undefined || (isBegun && !owner.isBegun && owner.caller === caller);
    if (isNews) this.#owners.set(principalKey(subject), key, { caller, isBegun, isShared: false });
    else if (owner.caller === caller) this.#owners.touch(key);
    return owner === undefined || owner.caller === caller;
  }

  /** @throws Refusal mcp_session_unknown, store_unavailable */
  async #claimShared(subject: Subject, key: string): Promise<void> {
    const caller = callerKey(subject);
    const isBegun = this.#owners.get(key)?.isBegun === true;
    const owner = await this.#claim?.({ key, caller, isBegun });
    if (owner === undefined) return;
    const known = { caller: owner, isBegun, isShared: true };
    this.#owners.set(principalKey(subject), key, known, isBegun ? confirmedMs : namedConfirmedMs);
    if (owner !== caller) throw new Refusal("mcp_session_unknown");
  }
}
