import { PolicyFault } from "../../domain/ports.ts";
import type { ErrorCode } from "../../domain/errors.ts";

/** What OPA's runtime says when it gives up (`opa_abort`). */
export class PolicyAbort extends Error {
  override readonly name = "PolicyAbort";
}

/** A host builtin charged more than was left. */
export class FuelSpent extends Error {
  override readonly name = "FuelSpent";
}

/** Whatever came out of the module, as the one error type of the engine. */
export function asPolicyFault(thrown: unknown, fuelLeft: number): PolicyFault {
  if (thrown instanceof PolicyFault) return thrown;
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new PolicyFault(faultCode(thrown, fuelLeft), detail, thrown);
}

function faultCode(thrown: unknown, fuelLeft: number): ErrorCode {
  if (fuelLeft < 0 || thrown instanceof FuelSpent) return "policy_out_of_fuel";
  if (thrown instanceof PolicyAbort) {
    if (thrown.message.startsWith("opa_malloc")) return "policy_out_of_memory";
    if (thrown.message.includes("conflict")) return "policy_conflict";
  }
  return "policy_threw";
}
