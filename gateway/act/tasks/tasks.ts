import type { Exchange } from "../../domain/exchange.ts";
import type { Judged } from "../../domain/judged.ts";
import type { Outcome } from "../../domain/outcome.ts";
import { forwardAsTask } from "./allowed.ts";
import { type HeldTasks, heldTasks } from "./held.ts";
import type { TaskOptions } from "./options.ts";
import { answerPoll } from "./poll.ts";

/** The gateway's own MCP tasks: made when a call is held or asks to be one, answered when their caller asks. */
export interface Tasks extends HeldTasks {
  /** An allowed question about the caller's own tasks. */
  answer(exchange: Exchange, judged: Judged): Promise<Outcome>;
  /** Forwards an allowed call: as a task when it asks to be one, else as it is. */
  forward(exchange: Exchange, judged: Judged, forward: (to: Exchange) => Promise<Outcome>): Promise<Outcome>;
}

export function createTasks(options: TaskOptions): Tasks {
  return {
    ...heldTasks(options),
    answer: (exchange, judged) => answerPoll(options, { exchange, judged }),
    forward: (exchange, judged, forward) => forwardAsTask(options, exchange, judged, forward),
  };
}
