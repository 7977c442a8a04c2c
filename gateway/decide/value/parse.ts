import type { Value } from "./collections.ts";
import { RegoObject, RegoSet } from "./collections.ts";
import { makeNumber } from "./number.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** Thrown by parseValue; the offset counts UTF-16 units. */
export class ValueSyntaxError extends Error {
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} at offset ${offset}`);
    this.name = "ValueSyntaxError";
    this.offset = offset;
  }
}

const JSON_NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Literals of a policy keep the spelling of Rego, where ".5" is a number. */
const REGO_NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const MAX_DEPTH = 10_000;

/**
 * Reads the text of `opa_value_dump`: JSON, set literals (`{1,2}`, `set()`), keys of any type.
 * @param json when true, only what RFC 8259 allows: no sets, string keys only.
 * @throws ValueSyntaxError
 */
export function parseValue(text: string, json = false): Value {
  const reader = new Reader(text, json);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** ".5", "+1" and "5." as JSON spells them, which is all that the runtime reads back. */
function jsonSpelling(text: string): string {
  if (!text.includes(".") && !text.startsWith("+")) return text;
  return text
    .replace(/^\+/, "")
    .replace(/^(-?)\./, "$10.")
    .replace(/\.(?!\d)/, "");
}

/** Units of a string, and digits of a number, up to which a loop is faster than the calls of the engine's own readers. */
const SHORT = { string: 64, number: 15 } as const;

/** Where a short string ends that begins at `from` and stands there as it is meant; null for any other. */
function plainEnd(text: string, from: number): number | null {
  const most = Math.min(text.length, from + SHORT.string);
  for (let at = from; at < most; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at;
    if (code < 0x20 || code === 0x5c) return null;
  }
  return null;
}

/** Where a short whole number ends that begins at `from`, without sign, fraction and exponent; null for any other. */
function shortIntegerEnd(text: string, from: number): number | null {
  let at = from;
  let code = text.charCodeAt(at);
  while (code >= 0x30 && code <= 0x39) code = text.charCodeAt(++at);
  const digits = at - from;
  if (digits === 0 || digits > SHORT.number || (digits > 1 && text.charCodeAt(from) === 0x30)) return null;
  return code === 0x2e || code === 0x45 || code === 0x65 ? null : at;
}

class Reader {
  readonly #text: string;
  readonly #json: boolean;
  #at = 0;

  constructor(text: string, json: boolean) {
    this.#text = text;
    this.#json = json;
  }

  value(depth: number): Value {
    if (depth > MAX_DEPTH) throw this.#error("nested too deeply");
    switch (this.#next()) {
      case 0x22:
        return this.#string();
      case 0x7b:
        return this.#braces(depth);
      case 0x5b:
        return this.#array(depth);
      case 0x74:
        return this.#word("true", true);
      case 0x66:
        return this.#word("false", false);
      case 0x6e:
        return this.#word("null", null);
      case 0x73:
        return this.#emptySet();
      default:
        return this.#number();
    }
  }

  end(): void {
    if (!Number.isNaN(this.#next())) throw this.#error("unexpected text after the value");
  }

  /** Skips white space; the code of the next unit, or NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at += 1;
    }
  }

  #string(): string {
    const start = this.#at;
    const plain = plainEnd(this.#text, start + 1);
    if (plain !== null) {
      this.#at = plain + 1;
      return this.#text.slice(start + 1, plain);
    }
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw this.#error("unterminated string");
    } while (this.#escaped(end, start));
    this.#at = end + 1;
    try {
      // The engine's own reader checks escapes and control characters, and is the fastest there is.
      return parseJson(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw new ValueSyntaxError("illegal string", start);
    }
  }

  #escaped(quote: number, start: number): boolean {
    let slashes = 0;
    for (let at = quote - 1; at > start && this.#text.charCodeAt(at) === 0x5c; at -= 1) slashes += 1;
    return slashes % 2 === 1;
  }

  #number(): Value {
    const end = shortIntegerEnd(this.#text, this.#at);
    if (end !== null) {
      const digits = this.#text.slice(this.#at, end);
      this.#at = end;
      return Number(digits);
    }
    const pattern = this.#json ? JSON_NUMBER : REGO_NUMBER;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw this.#error("expected a value");
    this.#at += match[0].length;
    return makeNumber(this.#json ? match[0] : jsonSpelling(match[0]));
  }

  #word<T extends Value>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error("expected a value");
    this.#at += word.length;
    return value;
  }

  #emptySet(): Value {
    if (this.#json) throw this.#error("expected a value");
    return this.#word("set()", new RegoSet());
  }

  #array(depth: number): Value {
    this.#at += 1;
    const items: Value[] = [];
    if (this.#next() === 0x5d) return this.#close(items);
    for (;;) {
      items.push(this.value(depth + 1));
      if (!this.#more(0x5d)) return this.#close(items);
    }
  }

  #braces(depth: number): Value {
    this.#at += 1;
    if (this.#next() === 0x7d) return this.#close(new RegoObject());
    if (this.#json && this.#next() !== 0x22) throw this.#error("expected a string as key");
    const head = this.value(depth + 1);
    if (this.#next() === 0x3a) return this.#object(head, depth);
    if (this.#json) throw this.#error("expected a colon");
    const set = new RegoSet().add(head);
    while (this.#more(0x7d)) set.add(this.value(depth + 1));
    return this.#close(set);
  }

  #object(head: Value, depth: number): Value {
    const object = new RegoObject();
    for (let key = head; ; key = this.#key(depth)) {
      if (this.#next() !== 0x3a) throw this.#error("expected a colon");
      this.#at += 1;
      object.set(key, this.value(depth + 1));
      if (!this.#more(0x7d)) return this.#close(object);
    }
  }

  #key(depth: number): Value {
    if (this.#json && this.#next() !== 0x22) throw this.#error("expected a string as key");
    return this.value(depth + 1);
  }

  /** True after a comma, false before the closing bracket. */
  #more(close: number): boolean {
    const code = this.#next();
    if (code === 0x2c) {
      this.#at += 1;
      return true;
    }
    if (code === close) return false;
    throw this.#error("expected a comma or the end of the collection");
  }

  #close<T extends Value>(value: T): T {
    this.#at += 1;
    return value;
  }

  #error(what: string): ValueSyntaxError {
    return new ValueSyntaxError(what, this.#at);
  }
}
