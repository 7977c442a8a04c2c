import { Refusal } from "../domain/errors.ts";
import { FairShare } from "../domain/fair-share.ts";
import type { Clock, SessionClaim, TransportSessionStore } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { callerKey, principalKey, type Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { transportSessionKey } from "../domain/transport-session.ts";
import { batched } from "../lib/event-loop.ts";

const transportBounds = { capacity: 100_000, perAsker: 10_000 };

/** A transport session that nobody has named for so long is over, also for the store. */
export const unusedMs = 7 * 86_400_000;
/** The same of one that only its caller has named. */
export const notBegunMs = 3_600_000;

/** The store is asked again about a session after so long, so that it sees which ones are in use. */
const confirmedMs = unusedMs / 7;
const namedConfirmedMs = notBegunMs / 2;

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
export class TransportSessions {
  readonly #owners: FairShare<Owner>;
  readonly #claim: ((claim: SessionClaim) => Promise<string>) | null;

  /** `shared`: null where the store is a file. */
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
    return this.#claimShared(subject, key);
  }

  begun(subject: Subject, route: Route, session: string): void {
    const key = transportSessionKey(route, session);
    if (!this.#isOf(subject, key, true))
      throw new Refusal("upstream_answer_refused", { detail: "the tool server gave it the session of another caller" });
    // If the store cannot note it now, the session's next call asks it again.
    this.#claimShared(subject, key)?.catch(() => undefined);
  }

  #isOf(subject: Subject, key: string, isBegun: boolean): boolean {
    const caller = callerKey(subject);
    const owner = this.#owners.get(key);
    const isNews = owner === undefined || (isBegun && !owner.isBegun && owner.caller === caller);
    if (isNews) this.#owners.set(principalKey(subject), key, { caller, isBegun, isShared: false });
    else if (owner.caller === caller) this.#owners.touch(key);
    return owner === undefined || owner.caller === caller;
  }

  /** Undefined where the store need not be asked. @throws Refusal mcp_session_unknown, store_unavailable */
  #claimShared(subject: Subject, key: string): Promise<void> | undefined {
    if (this.#claim === null || this.#owners.get(key)?.isShared === true) return undefined;
    const isBegun = this.#owners.get(key)?.isBegun === true;
    const owner = this.#claim({ key, caller: callerKey(subject), isBegun });
    return owner.then((caller) => this.#noteShared(subject, key, { caller, isBegun, isShared: true }));
  }

  #noteShared(subject: Subject, key: string, owner: Owner): void {
    this.#owners.set(principalKey(subject), key, owner, owner.isBegun ? confirmedMs : namedConfirmedMs);
    if (owner.caller !== callerKey(subject)) throw new Refusal("mcp_session_unknown");
  }
}
