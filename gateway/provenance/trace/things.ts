import type { CatalogFact } from "../../domain/facts.ts";
import { isExactNumber, type JsonObject, type JsonValue, valueAt } from "../../lib/json.ts";
import { type Digester, digestOf } from "../text/digest.ts";

/** Values of one call that may name a thing, and how deep they stand. */
const mostValues = 24;
const deepest = 6;
const longestName = 256;

/**
 * What calls read and act on, each as one number: that of the values at the catalog's targets, in whatever order. So an answer to a
 * ticket is about what was read as that ticket.
 */
export class Things {
  readonly #digester: Digester;

  constructor(digester: Digester) {
    this.#digester = digester;
  }

  /** What a call reads; 0 when its targets say nothing. */
  of(args: JsonObject, { target }: Pick<CatalogFact, "target">): number {
    const values = new Set<number>();
    for (const pointer of target) this.#collect(valueAt(args, pointer), values, 0);
    return sumOf(values);
  }

  /** Whether a call goes to this thing and nowhere else: its destinations are among the values that name it. */
  named(args: JsonObject, { destination }: Pick<CatalogFact, "destination">): (thing: number) => boolean {
    // Only when somebody asks: most values were met in no thing.
    let sums: ReadonlySet<number> | null = null;
    return (thing) => thing !== 0 && (sums ??= this.#sumsOf(args, destination)).has(thing);
  }

  #sumsOf(args: JsonObject, destination: CatalogFact["destination"]): ReadonlySet<number> {
    const [goesTo, all] = [new Set<number>(), new Set<number>()];
    for (const pointer of destination) this.#collect(valueAt(args, pointer), goesTo, 0);
    this.#collect(args, all, 0);
    const others = [...all].filter((value) => !goesTo.has(value));
    return sumsOf(others, sumOf(goesTo));
  }

  #collect(value: JsonValue, into: Set<number>, depth: number): void {
    if (value === null || typeof value === "boolean") return;
    if (into.size >= mostValues || depth > deepest) return;
    if (typeof value === "string") this.#add(value, into);
    else if (typeof value === "number" || isExactNumber(value)) this.#add(JSON.stringify(value), into);
    else for (const inner of Object.values(value)) this.#collect(inner, into, depth + 1);
  }

  #add(text: string, into: Set<number>): void {
    const name = text.trim();
    if (name === "" || name.length > longestName) return;
    this.#digester.text(digestOf.value, name);
    into.add(this.#digester.lo);
  }
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum = (sum + value) >>> 0;
  return sum;
}

/** With none, one or two of the others. */
function sumsOf(others: readonly number[], from: number): ReadonlySet<number> {
  const sums = new Set([from]);
  for (const [at, one] of others.entries()) {
    sums.add((from + one) >>> 0);
    for (const other of others.slice(at + 1)) sums.add((from + one + other) >>> 0);
  }
  return sums;
}
