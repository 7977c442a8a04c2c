import { compareValues } from "./compare.ts";
import { dumpValue } from "./json.ts";
import type { NumberValue } from "./number.ts";
import { RegoNumber, normalForm } from "./number.ts";

/** Any Rego value. Arrays are plain arrays; treat every value as immutable once it has been handed on. */
export type Value = null | boolean | NumberValue | string | readonly Value[] | RegoObject | RegoSet;

type Key = null | boolean | number | string;

/** Equal values, equal key. Composites and odd numbers get a text that no ordinary string can have ("\0" first). */
function keyOf(value: Value): Key {
  if (typeof value === "string") return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number" || typeof value === "bigint" || value instanceof RegoNumber) return normalForm(value);
  return `\0c${canonicalText(value)}`;
}

/** Text that is equal for equal values: numbers in normal form, members in OPA's order. */
function canonicalText(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (value instanceof RegoSet) return `<${value.values().map(canonicalText).join(",")}>`;
  if (value instanceof RegoObject) {
    return `{${value
      .entries()
      .map(([key, item]) => `${canonicalText(key)}:${canonicalText(item)}`)
      .join(",")}}`;
  }
  if (typeof value === "bigint" || value instanceof RegoNumber || typeof value === "number") {
    return String(normalForm(value));
  }
  return dumpValue(value);
}

/** An object with keys of any type; iteration is in OPA's order. */
export class RegoObject {
  readonly #members = new Map<Key, readonly [Value, Value]>();
  #sorted: readonly (readonly [Value, Value])[] | undefined;

  static from(entries: Iterable<readonly [Value, Value]>): RegoObject {
    const object = new RegoObject();
    for (const [key, value] of entries) object.set(key, value);
    return object;
  }

  get size(): number {
    return this.#members.size;
  }

  get(key: Value): Value | undefined {
    return this.#members.get(keyOf(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#members.has(keyOf(key));
  }

  /** For building only. The first spelling of a key stays, as in OPA; the value is replaced. */
  set(key: Value, value: Value): this {
    const id = keyOf(key);
    const known = this.#members.get(id);
    this.#members.set(id, [known === undefined ? key : known[0], value]);
    this.#sorted = undefined;
    return this;
  }

  entries(): readonly (readonly [Value, Value])[] {
    this.#sorted ??= [...this.#members.values()].sort((a, b) => compareValues(a[0], b[0]));
    return this.#sorted;
  }

  keys(): readonly Value[] {
    return this.entries().map(([key]) => key);
  }

  values(): readonly Value[] {
    return this.entries().map(([, value]) => value);
  }
}

/** A set; iteration is in OPA's order. */
export class RegoSet {
  readonly #members = new Map<Key, Value>();
  #sorted: readonly Value[] | undefined;

  static from(values: Iterable<Value>): RegoSet {
    const set = new RegoSet();
    for (const value of values) set.add(value);
    return set;
  }

  get size(): number {
    return this.#members.size;
  }

  has(value: Value): boolean {
    return this.#members.has(keyOf(value));
  }

  /** For building only. */
  add(value: Value): this {
    const id = keyOf(value);
    if (!this.#members.has(id)) {
      this.#members.set(id, value);
      this.#sorted = undefined;
    }
    return this;
  }

  values(): readonly Value[] {
    this.#sorted ??= [...this.#members.values()].sort(compareValues);
    return this.#sorted;
  }
}
