import type { ErrorCode } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { Outcome } from "../../domain/decision-record.ts";
import type { Logger } from "../../domain/ports.ts";
import { ToldOnce } from "./told-once.ts";

/** The outcome has another code, or none, where it is about several answers. */
const unreadable: ErrorCode = "result_unreadable";

/** Callers are not told why an answer is withheld; whoever operates the tool server has to know what to mend. */
export class UnreadAnswers {
  readonly #logger: Pick<Logger, "warn">;
  readonly #told = new ToldOnce();

  constructor(logger: Pick<Logger, "warn">) {
    this.#logger = logger;
  }

  /** Each reason is told once; every outcome record has its own. */
  warn({ decisionId, call }: EvaluatedCall, { detail }: Pick<Outcome, "detail">): void {
    // A reason that differs in the place alone is the same.
    if (detail === undefined || !this.#told.tell(call.route.id, detail.replaceAll(/\d+/g, "0"))) return;
    const about = { decision_id: decisionId, route: call.route.id, code: unreadable, detail };
    this.#logger.warn("an answer was withheld: the gateway has to read it and cannot", about);
  }
}
