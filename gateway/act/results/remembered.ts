import type { EvaluatedCall } from "../../domain/exchange.ts";

/**
 * Their answers say what a server can do and what it offers. Who offers it is known, so nothing of them is a third party's; a message beside
 * one is, as beside any other.
 */
const ofProtocol: ReadonlySet<string> = new Set([
  ..."initialize ping server/discover logging/setLevel resources/subscribe resources/unsubscribe".split(" "),
  ..."tools/list prompts/list resources/list resources/templates/list".split(" "),
]);

/** A poll says nothing that the call which it is about has not said; a notification and the transport's own requests have no answer. */
const saysNothing = ["tasks/", "notifications/", "transport/"];

/** Whether the session remembers what comes back for this call: a rule of its policy may ask where values come from. */
export function isLearnt({ call, facts }: EvaluatedCall): boolean {
  return facts.policy.readsProvenance && !ofProtocol.has(call.action);
}

/** Whether the session remembers what this call says. */
export function isSaid(evaluated: EvaluatedCall): boolean {
  return isLearnt(evaluated) && !saysNothing.some((start) => evaluated.call.action.startsWith(start));
}
