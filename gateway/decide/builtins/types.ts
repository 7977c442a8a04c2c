import type { Value } from "../value.ts";

/** What one evaluation lends to its builtins. */
export interface BuiltinContext {
  /** The decision's one instant, nanoseconds since 1970 (`time.now_ns`). */
  readonly nowNs: bigint;
  /** Takes fuel in the units of the metered module (one unit ≈ one function call or loop turn); throws when it is out. */
  charge(units: number): void;
  /** Lives as long as the evaluation. */
  readonly cache: Map<string, unknown>;
  /** `count` bytes from a generator that gives the same sequence whenever the same decision is evaluated again. */
  random(count: number): Uint8Array;
  /** Writes lines for the log (`print`). `at`: `file:line` of the call; each operand is the set of values that it has, empty for undefined. */
  print(at: string | null, operands: readonly Value[]): void;
}

/**
 * A host builtin. `undefined` is Rego's undefined. BuiltinError is OPA's builtin error, undefined to the policy too.
 * Any other throw is a fault of the host.
 */
export type Builtin = (context: BuiltinContext, ...args: Value[]) => Value | undefined;

/** A builtin refused its operands. */
export class BuiltinError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BuiltinError";
  }
}

/** Whether it went through without a builtin error. */
export function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}

/** A native function of the WASM runtime whose answers differ from OPA's, and the host's answer instead. */
export interface Redirect {
  /** Name in OPA, e.g. `replace`. */
  readonly name: string;
  readonly builtin: Builtin;
  /** What the native one gets wrong. */
  readonly reason: string;
  /** Index of the operand that has to be a set for the native one to be wrong; it does the work otherwise, without a crossing. */
  readonly wrongForSetAt?: number;
}
