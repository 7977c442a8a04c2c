import type { Outcome } from "../../domain/decision-record.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";
import { callerSessionKey } from "../../domain/transport-session.ts";
import { isUnanswered } from "./inner-dispatch.ts";

/** Unanswered requests of one caller, and of all. */
const perCaller = 10_000;
const capacity = 100_000;
/** How long a request that nobody answers keeps its id, in milliseconds. */
const lifetimeMs = 3_600_000;

/**
 * Which ids a session has given to requests that are not answered (JSON-RPC ids are unique in a session, MCP 2025-11-25, "Requests").
 * Servers find the stream of a request by its id. Of two with one id the answer to the first comes on the stream of the second, and
 * would be judged, recorded and passed on as the answer to that; so the second is refused. A caller that leaves does not end its request.
 */
export class RequestIds {
  readonly #awaited: FairShare<object>;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#awaited = new FairShare({ capacity, perAsker: perCaller, clock, full: "refuse" });
  }

  /** Before an approval is used up or people are asked. @throws Refusal rpc_invalid */
  assertFree(evaluated: EvaluatedCall): void {
    const key = keyOf(evaluated);
    if (key !== null) this.#assertFree(key);
  }

  /** @param isWhole its answer goes to nobody's stream: it is read whole before the outcome. @throws Refusal rpc_invalid, upstream_busy */
  async during(evaluated: EvaluatedCall, isWhole: boolean, send: () => Promise<Outcome>): Promise<Outcome> {
    const key = keyOf(evaluated);
    if (key === null) return send();
    this.#assertFree(key);
    const own = {};
    if (!this.#awaited.set(principalKey(evaluated.subject), key, own, lifetimeMs))
      throw new Refusal("upstream_busy", { hint: `${perCaller} requests of this caller are not answered` });
    let canBeAnswered = false;
    try {
      const sent = await send();
      canBeAnswered = !isOver(sent, isWhole);
      return sent;
    } finally {
      // Its id may be that of the next request by now.
      if (!canBeAnswered && this.#awaited.get(key) === own) this.#awaited.delete(key);
    }
  }

  /** The answer with this id has come, to a request or on the stream that its session has taken up again. */
  answered(evaluated: EvaluatedCall, id: string | number): void {
    const session = evaluated.call.mcp?.transportSession ?? null;
    if (session !== null) this.#awaited.delete(callerSessionKey(evaluated, { id }));
  }

  #assertFree(key: string): void {
    if (this.#awaited.get(key) === undefined) return;
    throw new Refusal("rpc_invalid", {
      hint: "its id is that of an earlier request of this session that is not answered; give each request an id of its own",
    });
  }
}

/** Null for what belongs to no session: its answer comes on its own connection alone. */
function keyOf(evaluated: EvaluatedCall): string | null {
  const { mcp } = evaluated.call;
  if (mcp?.era !== "legacy" || mcp.kind !== "request" || mcp.id === null || mcp.transportSession === null) return null;
  return callerSessionKey(evaluated, { id: mcp.id });
}

/** Whether no answer can come any more: redirects are not followed. An event stream that ended without one may be taken up again; one that was withheld has come. */
function isOver({ kind, code, upstreamStatus, forwardedDigest }: Outcome, isWhole: boolean): boolean {
  if (isUnanswered(code)) return true;
  if (forwardedDigest === null || kind === "failed" || kind === "withheld") return true;
  return (upstreamStatus ?? 0) >= 300 || (isWhole && kind === "forwarded");
}
