import type { EvaluatedCall } from "../../domain/exchange.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";

/** Answers that are waited for, of one caller and of all. */
const perCaller = 256;
const capacity = 100_000;

/**
 * Which request an answer belongs to that comes on a stream which was taken up again (MCP 2025-11-25, "Resumability"). Noted
 * are requests that were answered by an event stream; every caller has a share of its own.
 */
export class AwaitedAnswers {
  readonly #methods: FairShare<string>;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#methods = new FairShare({ capacity, perAsker: perCaller, clock, full: "forget" });
  }

  /** `judged` is a request whose answer has begun as an event stream. */
  note(evaluated: EvaluatedCall): void {
    const { mcp, action } = evaluated.call;
    if (mcp?.era !== "legacy" || mcp.id === null) return;
    this.#methods.set(principalKey(evaluated.subject), keyOf(evaluated, mcp.id), action);
  }

  /** The method of the request with this id, for the stream that `judged` asked for; null when none is known. */
  methodOf(evaluated: EvaluatedCall, id: string | number): string | null {
    return this.#methods.get(keyOf(evaluated, id)) ?? null;
  }
}

/** 1 and "1" are two ids. */
function keyOf({ call, subject }: EvaluatedCall, id: string | number): string {
  return JSON.stringify([principalKey(subject), call.route.upstream.origin, call.mcp?.transportSession ?? null, id]);
}
