/** A value of Rego with each number as it is written. */
export type Written =
  | { readonly number: string }
  | { readonly string: string }
  | { readonly word: "true" | "false" | "null" }
  | { readonly list: readonly Written[] }
  | { readonly set: readonly Written[] }
  | { readonly members: readonly (readonly [Written, Written])[] };

export interface Generator {
  value(depth: number): Written;
  /** Equal to `value`: members and elements in another order, whole numbers with other digits. */
  reworded(value: Written): Written;
  text(value: Written): string;
}

const BEGINNINGS = ["", "a", "read:", "payments/get_order/", "\u00e4\u20ac", "x".repeat(30), 'quo"te\\', "\t\u007f"];

/** Values from a seed, the same ones each time. */
export function generator(seed: number): Generator {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const many = <Item>(make: () => Item): Item[] => Array.from({ length: random(9) }, make);
  const string = (): Written => ({
    string: (BEGINNINGS[random(BEGINNINGS.length)] as string) + random(300).toString(36).repeat(random(5)),
  });
  const value = (depth: number): Written => {
    const kind = random(depth > 0 ? 9 : 5);
    if (kind < 2) return string();
    if (kind < 4) return { number: ["", "-"][random(2)] + String(1 + random(40)) + ["", ".5", "00"][random(3)] };
    if (kind < 5) return { word: (["true", "false", "null"] as const)[random(3)] as "true" };
    if (kind < 6) return { list: many(() => value(depth - 1)) };
    if (kind < 7) return { set: many(() => value(depth - 1)) };
    return { members: many(() => [random(4) > 0 ? string() : value(depth - 1), value(depth - 1)] as const) };
  };
  const shuffled = <Item>(items: readonly Item[]): Item[] => {
    const left = [...items];
    return items.map(() => left.splice(random(left.length), 1)[0] as Item);
  };
  const reworded = (given: Written): Written => {
    if ("number" in given) return { number: given.number.includes(".") ? `${given.number}0` : `${given.number}.0` };
    if ("list" in given) return { list: given.list.map(reworded) };
    if ("set" in given) return { set: shuffled(given.set).map(reworded) };
    // Of members with one key the last one counts, so these keep their order.
    if ("members" in given) return { members: given.members.map(([key, item]) => [reworded(key), reworded(item)]) };
    return given;
  };
  return { value, reworded, text: textOf };
}

function textOf(value: Written): string {
  if ("number" in value) return value.number;
  if ("string" in value) return JSON.stringify(value.string);
  if ("word" in value) return value.word;
  if ("list" in value) return `[${value.list.map(textOf).join(", ")}]`;
  if ("set" in value) return value.set.length === 0 ? "set()" : `{${value.set.map(textOf).join(", ")}}`;
  return `{${value.members.map(([key, item]) => `${textOf(key)}: ${textOf(item)}`).join(", ")}}`;
}
