import { isJsonObject, type JsonValue } from "../../domain/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import { PolicyFault } from "../../domain/ports.ts";
import type { PolicyLimits } from "./limits.ts";

/** @throws PolicyFault policy_input_too_large, before anything of the input reaches the engine. */
export function checkInputLimits(input: PolicyInput, limits: PolicyLimits): void {
  // UTF-8 takes at most three bytes a UTF-16 unit, so most inputs need no exact count.
  if (input.text.length * 3 > limits.inputBytes && Buffer.byteLength(input.text) > limits.inputBytes) {
    throw tooLarge(`more than ${limits.inputBytes} bytes`);
  }
  let keys = 0;
  const measure = (value: JsonValue, depth: number): void => {
    if (typeof value !== "object" || value === null) return;
    if (depth > limits.inputDepth) throw tooLarge(`nested deeper than ${limits.inputDepth}`);
    if (!isJsonObject(value)) {
      for (let index = 0; index < value.length; index += 1) measure(value[index] as JsonValue, depth + 1);
      return;
    }
    const before = keys;
    for (const key in value) {
      keys += 1;
      measure(value[key] as JsonValue, depth + 1);
    }
    checkKeys(value, before, keys, limits);
  };
  measure(input.document as unknown as JsonValue, 1);
}

function checkKeys(object: object, before: number, after: number, limits: PolicyLimits): void {
  if (after > limits.inputKeys) throw tooLarge(`more than ${limits.inputKeys} object keys`);
  // Nested keys are in the count too, so only a suspicious one is counted exactly.
  if (after - before > limits.inputKeysPerObject && Object.keys(object).length > limits.inputKeysPerObject) {
    throw tooLarge(`an object with more than ${limits.inputKeysPerObject} keys`);
  }
}

function tooLarge(detail: string): PolicyFault {
  return new PolicyFault("policy_input_too_large", `the policy input is too large: ${detail}`);
}
