import type { PolicyLimitSettings } from "../../domain/settings.ts";
import { PolicyFault } from "../../domain/ports.ts";
import type { ErrorCode } from "../../domain/errors.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";

/** Limits of one evaluation. Sizes are in bytes. */
export interface PolicyLimits {
  /** Units of fuel: function entries and loop rounds inside the module, and what host builtins charge. */
  readonly fuel: number;
  /** Memory an evaluation may take beyond the policy's own data. */
  readonly memoryBytes: number;
  readonly inputBytes: number;
  readonly inputDepth: number;
  /** Object keys hash unseeded inside OPA's runtime, so many crafted keys of one object would collide. */
  readonly inputKeysPerObject: number;
  readonly inputKeys: number;
}

export const defaultLimits: PolicyLimits = {
  fuel: 3_000_000,
  memoryBytes: 64 * 1024 * 1024,
  inputBytes: 1024 * 1024,
  inputDepth: 64,
  inputKeysPerObject: 1_000,
  inputKeys: 10_000,
};

export function limitsOf({ fuel, memoryBytes, input }: PolicyLimitSettings): PolicyLimits {
  return {
    fuel,
    memoryBytes,
    inputBytes: input.maxBytes,
    inputDepth: input.maxDepth,
    inputKeysPerObject: input.maxKeysPerObject,
    inputKeys: input.maxKeys,
  };
}

/** The fuel of one evaluation: a counter that both the metered module and host builtins decrease. */
export class Budget {
  #counter: WebAssembly.Global;
  #limit = 0;

  constructor(counter: WebAssembly.Global) {
    this.#counter = counter;
  }

  fill(limit: number): void {
    this.#limit = limit;
    this.#counter.value = limit;
  }

  get left(): number {
    return this.#counter.value;
  }

  get used(): number {
    return this.#limit - Math.max(this.left, 0);
  }

  /** @throws FuelSpent */
  charge(units: number): void {
    const left = this.left - Math.ceil(units);
    // Kept within an i32; otherwise the counter would wrap around to a large positive number.
    this.#counter.value = Math.max(left, -1);
    if (left < 0) throw new FuelSpent("a builtin used up the budget");
  }
}

/** OPA's runtime aborted (`opa_abort`); the message is the runtime's own. */
export class PolicyAbort extends Error {
  override readonly name = "PolicyAbort";
}

/** A host builtin charged more than was left. */
class FuelSpent extends Error {
  override readonly name = "FuelSpent";
}

/** Converts anything thrown by the module into the engine's error type. */
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

/** Counts what one input uses of the limits. */
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
    if (count > inputBytes) throw tooLarge("max", `more than ${inputBytes} bytes`);
  }

  /** `depth` is that of the value itself. @throws PolicyFault policy_input_too_large */
  value(value: JsonValue, depth: number): void {
    if (typeof value !== "object" || value === null) return;
    if (depth > this.#limits.inputDepth) throw tooLarge("depth", `nested deeper than ${this.#limits.inputDepth}`);
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
    if (this.#keys > inputKeys) throw tooLarge("keys", `more than ${inputKeys} object keys`);
    // Nested keys are in the count too, so only a suspicious one is counted exactly.
    if (this.#keys - before > inputKeysPerObject && Object.keys(object).length > inputKeysPerObject)
      throw tooLarge("keys_per_object", `an object with more than ${inputKeysPerObject} keys`);
  }
}

/** @throws PolicyFault policy_input_too_large, before anything of the input reaches the engine. */
export function checkInputLimits(input: PolicyInput, limits: PolicyLimits): void {
  const measure = new InputMeasure(limits);
  measure.text(input.text);
  measure.value(input.document as unknown as JsonValue, 1);
}

/** Callers are told it: an option and its value, nothing of the input. */
function tooLarge(option: string, what: string): PolicyFault {
  return new PolicyFault("policy_input_too_large", `policy.input.${option}: ${what}`);
}
