import { createHash } from "node:crypto";

import type { BuiltinContext } from "../../../../../gateway/decide/builtins/types.ts";

/** A context with a counter of fuel and a generator that depends on nothing but its use. */
export function testContext(limit = Number.MAX_SAFE_INTEGER): BuiltinContext & { used(): number } {
  let used = 0;
  let block = 0;
  return {
    nowNs: BigInt(Date.now()) * 1_000_000n,
    cache: new Map(),
    charge(units: number): void {
      if (!(units >= 0)) throw new Error(`a charge of ${units}`);
      used += units;
      if (used > limit) throw new Error("out of fuel");
    },
    random(count: number): Uint8Array {
      block += 1;
      return createHash("sha256").update(String(block)).digest().subarray(0, count);
    },
    print: () => {},
    used: () => used,
  };
}
