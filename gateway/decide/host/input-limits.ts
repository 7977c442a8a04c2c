import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import { PolicyFault } from "../../domain/ports.ts";
import type { PolicyLimits } from "./limits.ts";

/** What one input has of what is limited, as far as it was looked at. */
export class InputMeasure {
  readonly #limits: PolicyLimits;
  #keys = 0;

  constructor(limits: PolicyLimits) {
    this.#limits = limits;
  }

  reset(): void {
    this.#keys = 0;
  }

  /** @throws PolicyFault policy_input_too_large */
  text(text: string): void {
    // UTF-8 takes at most three bytes a UTF-16 unit, so most inputs need no exact count.
    if (text.length * 3 > this.#limits.inputBytes) this.bytes(Buffer.byteLength(text));
  }

  /** @throws PolicyFault policy_input_too_large */
  bytes(count: number): void {
    const { inputBytes } = this.#limits;
    if (count > inputBytes) throw tooLarge(`more than ${inputBytes} bytes`);
  }

  /** `depth` is that of the value itself. @throws PolicyFault policy_input_too_large */
  value(value: JsonValue, depth: number): void {
    if (typeof value !== "object" || value === null) return;
    if (depth > this.#limits.inputDepth) throw tooLarge(`nested deeper than ${this.#limits.inputDepth}`);
    if (!isJsonObject(value)) {
      for (let index = 0; index < value.length; index += 1) this.value(value[index] as JsonValue, depth + 1);
      return;
    }
    const before = this.#keys;
    for (const key in value) {
      this.#keys += 1;
      this.value(value[key] as JsonValue, depth + 1);
    }
    this.#object(value, before);
  }

  #object(object: object, before: number): void {
    const { inputKeys, inputKeysPerObject } = this.#limits;
    if (this.#keys > inputKeys) throw tooLarge(`more than ${inputKeys} object keys`);
    // Nested keys are in the count too, so only a suspicious one is counted exactly.
    if (this.#keys - before > inputKeysPerObject && Object.keys(object).length > inputKeysPerObject)
      throw tooLarge(`an object with more than ${inputKeysPerObject} keys`);
  }
}

/** @throws PolicyFault policy_input_too_large, before anything of the input reaches the engine. */
export function checkInputLimits(input: PolicyInput, limits: PolicyLimits): void {
  const measure = new InputMeasure(limits);
  measure.text(input.text);
  measure.value(input.document as unknown as JsonValue, 1);
}

function tooLarge(detail: string): PolicyFault {
  return new PolicyFault("policy_input_too_large", `the policy input is too large: ${detail}`);
}
