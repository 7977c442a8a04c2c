import { createHash } from "node:crypto";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { BuiltinContext } from "../builtins/types.ts";
import type { Budget } from "./limits.ts";

/**
 * What builtins may know of the evaluation they run in. Time and randomness come from the input alone,
 * so the same input gives the same answer when a decision is replayed.
 */
export class EvaluationContext implements BuiltinContext {
  readonly #budget: Budget;
  readonly #asked: Pick<PolicyInput, "text" | "timeNs">;
  #askedForMore = false;
  #nowNs: bigint | null;
  #cache: Map<string, unknown> | null = null;
  #random: RandomStream | null = null;

  /** `asked` is the whole input, whatever part of it the module gets; its text is read only when a builtin needs it. */
  constructor(budget: Budget, asked: Pick<PolicyInput, "text" | "timeNs">, nowNs: bigint | null = null) {
    this.#budget = budget;
    this.#asked = asked;
    this.#nowNs = nowNs;
  }

  /** Some builtin saw the time or the whole text: the answer depends on more than the module was given. */
  get askedForMore(): boolean {
    return this.#askedForMore;
  }

  /** Nanoseconds since the epoch: `input.context.time.ns`. */
  get nowNs(): bigint {
    this.#askedForMore = true;
    return (this.#nowNs ??= BigInt(this.#asked.timeNs ?? nanosecondsIn(this.#asked.text) ?? 0));
  }

  get cache(): Map<string, unknown> {
    return (this.#cache ??= new Map());
  }

  charge(units: number): void {
    this.#budget.charge(units);
  }

  /** Not secret: who knows the input knows these bytes. Rego's `rand.intn` and `uuid.rfc4122` promise no more. */
  random(count: number): Uint8Array {
    this.#askedForMore = true;
    this.#random ??= new RandomStream(this.#asked.text);
    return this.#random.take(count);
  }
}

const MARK = '"time":{"ns":';

/** Read as digits from the text: a JavaScript number would round them. `policyInput` writes this member behind all that callers choose. */
export function nanosecondsIn(text: string): string | null {
  const start = text.lastIndexOf(MARK);
  const digits = start < 0 ? null : /^\d+/.exec(text.slice(start + MARK.length, start + MARK.length + 24));
  return digits === null ? null : digits[0];
}

/** SHA-256 of the seed and a counter, block after block. */
class RandomStream {
  readonly #seed: Buffer;
  #counter = 0;
  #rest = Buffer.alloc(0);

  constructor(text: string) {
    this.#seed = createHash("sha256").update(text).digest();
  }

  take(count: number): Uint8Array {
    const parts = [this.#rest];
    for (let have = this.#rest.length; have < count; have += 32) {
      parts.push(createHash("sha256").update(this.#seed).update(String(this.#counter++)).digest());
    }
    const all = Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }
}
