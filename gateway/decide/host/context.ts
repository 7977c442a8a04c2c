import { createHash } from "node:crypto";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { Printed } from "../../domain/ports.ts";
import { asBuffer } from "../../lib/bytes-in-turns.ts";
import type { BuiltinContext } from "../builtins/types.ts";
import { MaskedValues } from "../printing/masked-values.ts";
import { Prints } from "../printing/prints.ts";
import type { Value } from "../value.ts";
import type { Budget } from "./limits.ts";

/** What builtins see of the input, projected or not. */
export type WholeInput = Pick<PolicyInput, "text" | "timeNs" | "markHistoryRead">;

export interface EvaluationOptions {
  /** Reuses the result of an equal evaluation, with what it printed. For the running gateway; benchmarks and tests of fuel leave it off. */
  readonly remembers?: boolean;
  /** JSON pointers (RFC 6901) into the input whose values are not printed. */
  readonly maskPointers?: readonly string[];
}

/** What must not be printed. */
export interface Masking {
  /** JSON pointers (RFC 6901) into the input. */
  readonly pointers: readonly string[];
  /** The text that the module was given; null for none. */
  readonly sent: string | Uint8Array | null;
}

/**
 * The evaluation as builtins see it. Time and randomness come from the input alone, so that replaying a decision gives
 * the same answer.
 */
export class EvaluationContext implements BuiltinContext {
  readonly #budget: Budget;
  readonly #input: WholeInput;
  readonly #masking: Masking;
  #usedWholeInput = false;
  #nowNs: bigint | null;
  #cache: Map<string, unknown> | null = null;
  #random: RandomStream | null = null;
  #prints: Prints | null = null;

  /**
   * `input` is the whole input, also when the module gets a projection of it; its text is read only when a builtin needs it.
   */
  constructor(budget: Budget, input: WholeInput, masking: Masking, nowNs: bigint | null = null) {
    this.#budget = budget;
    this.#input = input;
    this.#masking = masking;
    this.#nowNs = nowNs;
  }

  /**
   * Whether the evaluation may be remembered: no builtin used the time or the whole text, so that it depends on nothing but the projected
   * input, and what it printed takes little memory.
   */
  get isRepeatable(): boolean {
    return !this.#usedWholeInput && (this.#prints === null || this.#prints.isShort);
  }

  /** Nanoseconds since the epoch: `input.context.time.ns`. */
  get nowNs(): bigint {
    this.#usedWholeInput = true;
    return (this.#nowNs ??= BigInt(this.#input.timeNs ?? nanosecondsIn(this.#text) ?? 0));
  }

  get cache(): Map<string, unknown> {
    return (this.#cache ??= new Map());
  }

  charge(units: number): void {
    this.#budget.charge(units);
  }

  /** Not secret: the bytes follow from the input. Rego's `rand.intn` and `uuid.rfc4122` promise no more. */
  random(count: number): Uint8Array {
    this.#usedWholeInput = true;
    this.#random ??= new RandomStream(this.#text);
    return this.#random.take(count);
  }

  /** Undefined when nothing was printed. */
  get printed(): Printed | undefined {
    return this.#prints?.printed;
  }

  print(at: string | null, operands: readonly Value[]): void {
    (this.#prints ??= this.#newPrints()).add(at, operands);
  }

  #newPrints(): Prints {
    const { pointers, sent } = this.#masking;
    const charge = (units: number): void => this.charge(units);
    const text = (): string | null => (sent === null ? null : typeof sent === "string" ? sent : bytesText(sent));
    return new Prints(new MaskedValues(pointers, text, charge), charge);
  }

  get #text(): string {
    this.#input.markHistoryRead?.();
    return this.#input.text;
  }
}

function bytesText(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("utf8");
}

const MARK = '"time":{"ns":';

/**
 * Read as digits from the text: a JavaScript number would round them. `domain/policy-input.ts` writes this member after everything
 * that callers choose.
 */
export function nanosecondsIn(text: string): string | null {
  const start = text.lastIndexOf(MARK);
  const digits = start < 0 ? null : /^\d+/.exec(text.slice(start + MARK.length, start + MARK.length + 24));
  return digits === null ? null : digits[0];
}

/** A stream of bytes: SHA-256 of the seed and a counter for each block. */
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
