import type { ConditionsNow } from "./approval.ts";
import type { BoundFacts } from "./binding.ts";
import type { Facts } from "./facts.ts";
import type { Subject } from "./subject.ts";
import type { ToolCall } from "./tool-call.ts";
import type { ActivePolicy } from "./ports/policy.ts";

/** A question of another enforcement point, which would carry the call out, and the policy that its whole batch is judged by. */
export interface DelegatedCall {
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly policy: ActivePolicy;
  /** Names in the catalog below the call's server, the first that is there counts. */
  readonly catalogued: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly approval: (bound: BoundFacts, conditions: ConditionsNow) => Promise<Pick<Facts, "approval" | "drift">>;
}
