/**
 * A JSON reader that knows nothing of the gateway's: grammar only, no limits, every key of an object kept in order.
 * What several kinds of parser make of a body is worked out from its tree.
 */
export type Lax =
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Lax])[] }
  | { readonly kind: "array"; readonly items: readonly Lax[] }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "plain"; readonly value: string | boolean | null };

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const word = /true|false|null/y;
const letters: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** @throws SyntaxError */
export function readLax(text: string): Lax {
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return null;
    at += found.length;
    return found;
  };
  const sign = (expected: string): boolean => {
    take(space);
    if (text[at] !== expected) return false;
    at++;
    return true;
  };
  const fail = (): never => {
    throw new SyntaxError(`at ${at}`);
  };
  const list = <Item>(end: string, item: () => Item): Item[] => {
    const items: Item[] = [];
    if (sign(end)) return items;
    do items.push(item());
    while (sign(","));
    return sign(end) ? items : fail();
  };
  const member = (): readonly [string, Lax] => {
    take(space);
    const key = take(string) ?? fail();
    if (!sign(":")) fail();
    return [unescaped(key), value()];
  };
  const value = (): Lax => {
    take(space);
    if (sign("{")) return { kind: "object", members: list("}", member) };
    if (sign("[")) return { kind: "array", items: list("]", value) };
    const quoted = take(string);
    if (quoted !== null) return { kind: "plain", value: unescaped(quoted) };
    const digits = take(number);
    if (digits !== null) return { kind: "number", text: digits };
    const name = take(word) ?? fail();
    return { kind: "plain", value: name === "null" ? null : name === "true" };
  };
  const whole = value();
  take(space);
  return at === text.length ? whole : fail();
}

function unescaped(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (_all, hex: string | undefined, letter: string) =>
      hex === undefined ? (letters[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
