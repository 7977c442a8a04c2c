import { Chain, type Chained } from "../../../gateway/lib/chain.ts";

interface Named extends Chained {
  readonly name: string;
}

const named = (...names: string[]): Named[] => names.map((name) => ({ name }));
const namesOf = (chain: Chain<Named>): string => [...chain].map(({ name }) => name).join("");

test("holds each of its items once, the oldest first, and any may go", () => {
  const chain = new Chain<Named>();
  const [a, b, c, d] = named("a", "b", "c", "d") as [Named, Named, Named, Named];
  for (const item of [a, b, c, d, a]) chain.add(item);
  expect([namesOf(chain), chain.size]).toEqual(["abcd", 4]);
  for (const [item, left] of [
    [b, "acd"],
    [b, "acd"],
    [d, "ac"],
    [a, "c"],
    [c, ""],
  ] as const) {
    chain.delete(item);
    expect([namesOf(chain), chain.size]).toEqual([left, left.length]);
  }
  for (const item of [d, b]) chain.add(item);
  expect(namesOf(chain)).toBe("db");
});

test("leaves what has gone without neighbours, so that it keeps none of them alive", () => {
  const chain = new Chain<Named>();
  const items = named("a", "b", "c") as [Named, Named, Named];
  for (const item of items) chain.add(item);
  chain.delete(items[1]);
  expect([items[1].before, items[1].after]).toEqual([undefined, undefined]);
  expect([items[0].after, items[2].before]).toEqual([items[2], items[0]]);
});

test("goes on when items are deleted or added while they are gone through", () => {
  const chain = new Chain<Named>();
  const [a, b, c, d] = named("a", "b", "c", "d") as [Named, Named, Named, Named];
  for (const item of [a, b, c]) chain.add(item);
  const met: string[] = [];
  for (const item of chain) {
    met.push(item.name);
    if (item === a) for (const gone of [a]) chain.delete(gone);
    if (item === b) chain.delete(c);
    if (item === b) chain.add(d);
  }
  expect(met.join("")).toBe("bd".padStart(3, "a"));
  for (const item of chain) {
    chain.delete(b);
    chain.delete(d);
    met.push(item.name);
  }
  expect(met.join("")).toBe("abdb");
});
