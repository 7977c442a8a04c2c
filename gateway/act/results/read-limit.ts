import { Refusal } from "../../domain/errors.ts";
import type { Route } from "../../domain/route.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import type { EventLimit } from "./event-rewriter.ts";

/** What judges the messages of an answer; null where no rule reads them. */
type Judge = Pick<AnswerJudge, "rules" | "judges"> | null;

/** Names of fields, and what stands beside the data of an event. */
const eventOverhead = 1_024;

/** Bytes of a message that a rule has to read; no limit where a larger one passes. */
export function mostRead(judge: Judge): number {
  const rules = judge?.rules;
  return rules?.oversize === "block" ? rules.maxBytes : Infinity;
}

/** A message that is too large for a rule to read is refused before it is whole. */
export function eventLimit(judge: Judge, { upstream: { maxResponseBytes } }: Pick<Route, "upstream">): EventLimit {
  const most = mostRead(judge) + eventOverhead;
  const isJudged = judge?.judges === true;
  if (most >= maxResponseBytes)
    return { maxChars: maxResponseBytes, refusal: () => new Refusal("upstream_too_large"), isJudged };
  return { maxChars: most, refusal: () => tooLarge(judge), isJudged };
}

export function tooLarge(judge: Judge): Refusal {
  return new Refusal("result_too_large", { hint: `at most ${mostRead(judge)} bytes` });
}
