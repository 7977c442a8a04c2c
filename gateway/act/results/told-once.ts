import type { Logger } from "../../domain/ports.ts";
import type { Outcome } from "../../domain/decision-record.ts";
import type { ErrorCode } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";

/** Of one route. A tool server that does something else wrong again and again would fill the log. */
const mostTold = 16;

/** What the log says of a route's tool server once, as long as the process lives. */
export class ToldOnce {
  /** By route. */
  readonly #told = new Map<string, Set<string>>();

  /** Whether it has to be told now. */
  tell(route: string, what: string): boolean {
    const told = this.#told.get(route) ?? new Set();
    if (told.has(what) || told.size >= mostTold) return false;
    this.#told.set(route, told.add(what));
    return true;
  }
}

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
