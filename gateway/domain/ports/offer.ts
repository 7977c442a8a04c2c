import type { Outcome } from "../decision-record.ts";
import type { EvaluatedCall, Exchange } from "../exchange.ts";
import type { ToolQuery } from "../tool-call.ts";

/** A list of tools that a tool server has answered with, on its way to its caller. */
export interface ListOnItsWay {
  readonly exchange: Exchange;
  readonly evaluated: EvaluatedCall;
  /** What the caller looks for in it; null when it asked for the list. */
  readonly query: ToolQuery | null;
  /** Sends a further call through the whole request path. */
  readonly enter: (exchange: Exchange) => Promise<void>;
}

/** What callers get in the place of a list of tools, on routes that offer a search. */
export interface ListPresenter {
  /**
   * The message of the answer as its caller reads it. `message`: with the tools that the caller may see, and no other.
   * @throws Refusal when the rest of the list cannot be got
   */
  present(list: ListOnItsWay, message: string): Promise<string>;
}

/** MCP servers that the gateway itself is, with the operations of an HTTP route for tools. */
export interface ServedOperations {
  /** Answers an allowed message that is no call of an operation. */
  answer(exchange: Exchange, evaluated: EvaluatedCall, enter: (exchange: Exchange) => Promise<void>): Promise<Outcome>;
}
