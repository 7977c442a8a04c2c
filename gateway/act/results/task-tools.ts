import type { EvaluatedCall } from "../../domain/exchange.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";

/** Tasks in all and of one caller. */
const capacity = 100_000;
const perCaller = 1_000;

/** Which tool the task of a tool server belongs to, whose result another message asks for. In memory only. */
export class TaskTools {
  readonly #tools: FairShare<string>;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#tools = new FairShare({ capacity, perAsker: perCaller, clock, full: "forget" });
  }

  note(evaluated: EvaluatedCall, task: string, tool: string): void {
    this.#tools.set(principalKey(evaluated.subject), keyOf(evaluated, task), tool);
  }

  of(evaluated: EvaluatedCall, task: string): string | null {
    return this.#tools.get(keyOf(evaluated, task)) ?? null;
  }
}

function keyOf({ call, subject }: EvaluatedCall, task: string): string {
  return JSON.stringify([principalKey(subject), call.route.server, task]);
}
