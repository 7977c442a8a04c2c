import { compare } from "./compare.ts";
import { adversarialPair, type Pair, starterPair } from "./pairs.ts";

let pairs: readonly Pair[];

beforeAll(async () => {
  pairs = await Promise.all([starterPair(), adversarialPair()]);
}, 60_000);

test("gives the same answers to 500 generated inputs whether sent whole or only what is read", () => {
  const { different, compared, answers } = compare(pairs, 500, 7);
  expect(different).toEqual([]);
  expect(compared).toBeGreaterThan(15_000);
  for (const [question, count] of Object.entries(answers))
    expect({ question, many: count > 1 }).toEqual({ question, many: true });
}, 60_000);

test("sends no part of the input that the starter policy cannot read", () => {
  const always = JSON.parse(JSON.stringify(pairs[0]?.projections["sallyport/main/decision"]?.always)) as {
    readonly context: object;
  };
  expect(Object.keys(always.context)).not.toEqual(expect.arrayContaining(["gateway"]));
  expect(always).not.toHaveProperty("resource.properties.declared");
  expect(always).toHaveProperty("subject.properties.proof", { key: true, method: true });
});
