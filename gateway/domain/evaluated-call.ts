import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import type { PolicyInput } from "./policy-input.ts";
import type { Subject } from "./subject.ts";
import type { ToolCall } from "./tool-call.ts";

/** A call with everything it was judged by; what `act/` carries out. */
export interface EvaluatedCall {
  readonly decisionId: string;
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly facts: Facts;
  readonly input: PolicyInput;
  readonly decision: Decision;
}
