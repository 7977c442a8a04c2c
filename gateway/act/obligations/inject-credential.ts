import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { DutyContext } from "./types.ts";

export function injectCredential(
  duty: Extract<Obligation, { type: "inject_credential" }>,
  _judged: EvaluatedCall,
  context: DutyContext,
): void {
  const credential = context.credential(duty.credential);
  if (credential === null)
    throw new Refusal("obligation_failed", { hint: `credential ${duty.credential} is not configured` });
  context.headers.push(credential.header, credential.value);
}
