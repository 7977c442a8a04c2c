import type { Outcome } from "../../domain/decision-record.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";
import { callerSessionKey } from "../../domain/transport-session.ts";

/** What a tool server has asked, and how it learns that nobody will answer. */
export interface PassedRequest {
  readonly method: string;
  readonly refuse: (refusal: Refusal, decisionId: string) => void;
}

/** Requests of tool servers that wait for an answer, of one caller and of all. */
const perCaller = 1_000;
const capacity = 100_000;

/**
 * Which requests of tool servers reached which caller and are not answered yet. The tool server gets the answers of all callers with one
 * credential: an answer that it did not ask this very caller for could be meant for the request of another. In memory only.
 */
export class PassedRequests {
  readonly #passed: FairShare<PassedRequest>;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#passed = new FairShare({ capacity, perAsker: perCaller, clock, full: "forget" });
  }

  /** `within`: the call, or the stream, on whose answer it came; `begun`: the session that this answer begins, null for none. */
  note(within: EvaluatedCall, id: string | number, request: PassedRequest, begun: string | null = null): void {
    const key = callerSessionKey(within, { id, ...(begun !== null && { session: begun }) });
    this.#passed.set(principalKey(within.subject), key, request);
  }

  /** The request that this answer is for, once. @throws Refusal server_request_unknown */
  take(answer: EvaluatedCall): PassedRequest {
    const id = answer.call.mcp?.id ?? null;
    const request = id === null ? undefined : this.#passed.take(callerSessionKey(answer, { id }));
    if (request === undefined) throw new Refusal("server_request_unknown");
    return request;
  }

  /**
   * Sends an answer to the request that it is for. That may be answered again where nothing of the answer has left, unless its server has
   * asked anew under the same id. @throws Refusal server_request_unknown, and what `send` throws
   */
  async answered(answer: EvaluatedCall, send: () => Promise<Outcome>): Promise<Outcome> {
    const request = this.take(answer);
    let hasLeft = false;
    try {
      const result = await send();
      hasLeft = result.forwardedDigest !== null;
      return result;
    } finally {
      const id = answer.call.mcp?.id ?? null;
      const isFree = id !== null && this.#passed.get(callerSessionKey(answer, { id })) === undefined;
      if (!hasLeft && isFree) this.note(answer, id, request);
    }
  }
}
