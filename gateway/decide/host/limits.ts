import type { PolicyLimitSettings } from "../../domain/policy-settings.ts";

/** What one evaluation may use. Sizes in bytes, counts in pieces. */
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
