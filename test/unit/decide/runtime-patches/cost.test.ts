import { both, type Pair } from "./support.ts";

const rego = `
distinct := count({name | some name in input.names})

looked := count([1 | some _, pair in input.pairs; pair[0] == pair[1]])

apart := [x | some name in input.names; x := size with input as name]

size := count(input)
`;

let pair: Pair;
beforeAll(async () => {
  pair = await both(rego, ["distinct", "looked", "apart"]);
});

const COUNT = 4_000;

function fuelOf(policy: Pair["faster"], names: readonly string[]): number {
  expect(new Set(names).size).toBe(COUNT);
  const asked = policy.ask({ entrypoint: "p/distinct", text: JSON.stringify({ names }), format: "json" });
  expect(asked.text).toBe(`[{"result":${COUNT}}]`);
  return asked.fuel;
}

const names = (of: (index: number) => string): string[] => Array.from({ length: COUNT }, (_, index) => of(index));
const changed = (text: string, at: number, by: string): string => text.slice(0, at) + by + text.slice(at + by.length);
const padded = (index: number, length: number): string => index.toString(36).padStart(length, "0");

describe("names that differ in few places do not collide", () => {
  // The cost of names without a pattern. Chains are kept in order, so what names have in common costs something too.
  const expected = (length: number): number =>
    fuelOf(
      pair.faster,
      names((index) =>
        Math.sin(index + 1)
          .toString()
          .slice(-12)
          .padEnd(length, "#")
          .slice(0, length),
      ),
    );

  // A length that no loop's round is saved at.
  const long = "payments/".repeat(4).slice(0, 32);
  const families: readonly (readonly [string, (index: number) => string])[] = [
    ["beginning", (index) => changed(long, 0, padded(index, 4))],
    ...[4, 5, 7, 8, 12, 15, 16, 20, 24, 28].map(
      (at) => [`byte ${at}`, (index: number) => changed(long, at, padded(index, 4))] as const,
    ),
    ["two words in step", (index) => changed(changed(long, 0, padded(index, 4)), 8, padded(COUNT - index, 4))],
    [
      "every eighth byte",
      (index) => [...padded(index, 4)].reduce((text, digit, at) => changed(text, at * 8, digit), long),
    ],
    [
      "last of every eight",
      (index) => [...padded(index, 4)].reduce((text, digit, at) => changed(text, at * 8 + 7, digit), long),
    ],
    [
      "bits of two words",
      (index) => [...index.toString(2).padStart(16, "0")].map((bit) => (bit === "1" ? "ab" : "ba")).join(""),
    ],
  ];
  test.each(families)("by %s", (_, of) => {
    expect(fuelOf(pair.faster, names(of))).toBeLessThan(expected(32) * 1.5);
  });

  test("nor do names of one to eight bytes", () => {
    const short = names((index) => index.toString(36));
    const plain = names((index) => padded(index, 8));
    expect(fuelOf(pair.faster, short)).toBeLessThan(expected(8) * 1.5);
    expect(fuelOf(pair.faster, plain)).toBeLessThan(expected(8) * 1.5);
  });
});

test("costs fuel in proportion to the length of what is hashed, copied, compared and written", () => {
  const cost = (length: number): number => {
    const text = "x".repeat(length);
    const asked = {
      entrypoint: "p/looked",
      text: JSON.stringify({ pairs: [[text, text]], after: "that" }),
      format: "json",
    } as const;
    return pair.faster.ask(asked).fuel;
  };
  const step = cost(200_000) - cost(100_000);
  // Two texts are read and copied, and compared once: a round for eight bytes each, at four units.
  expect(step).toBeGreaterThanOrEqual((4 * 5 * 100_000) / 8);
  expect(step).toBeLessThan((4 * 6 * 100_000) / 8);
});

test("costs hardly more fuel than the runtime it replaces, whatever the names", () => {
  for (const policy of [names((index) => `name ${index}`), names((index) => "n".repeat(index % 50) + index)])
    expect(fuelOf(pair.faster, policy)).toBeLessThan(1.1 * fuelOf(pair.plain, policy));
});

test("keeps what is remembered under `with` apart, and pays for each table of it", () => {
  const ask = (lengths: readonly number[]): { readonly text: string; readonly fuel: number } => {
    const text = JSON.stringify({ names: lengths.map((length) => "y".repeat(length)) });
    return pair.faster.ask({ entrypoint: "p/apart", text, format: "json" });
  };
  expect(ask([3, 1, 4, 1, 5]).text).toBe('[{"result":[3,1,4,1,5]}]');
  expect(ask(Array<number>(200).fill(2)).fuel).toBeGreaterThan(ask(Array<number>(100).fill(2)).fuel + 100 * 10);
});
