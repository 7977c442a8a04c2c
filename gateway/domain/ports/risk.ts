import type { EvaluatedCall } from "../exchange.ts";
import type { Facts } from "../facts.ts";
import type { RiskFacts, RiskSettings } from "../risk.ts";
import type { Subject } from "../subject.ts";
import type { ToolCall } from "../tool-call.ts";

/** What is remembered of callers so that a call can be told from their usual ones. In memory: a restart forgets it. */
export interface RiskLedger {
  /** Brings what other processes know into memory; null when nothing has to be read. */
  refresh(): Promise<void> | null;
  /** The risk of a call; nothing is looked up before it is read. */
  fact(about: RiskQuestion): RiskFacts;
  /** A call that was decided about, of a policy that reads risk. */
  observe(evaluated: EvaluatedCall, now: number): void;
}

/** A call before it is judged. `now` in milliseconds since the epoch. */
export interface RiskQuestion extends Pick<Facts, "session" | "catalog" | "intent" | "task" | "provenance" | "time"> {
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly settings: RiskSettings;
  readonly now: number;
}
