import { type Ingredient, partOf, Parts } from "../../../../gateway/record/decision/record-parts.ts";

const object = {};
let made = 0;
const make = () => partOf(JSON.stringify({ made: (made += 1) }), []);

test.each<[string, readonly Ingredient[], readonly Ingredient[]]>([
  ["texts that are cut elsewhere", ["a", "b c"], ["a b", "c"]],
  ["texts that end in what looks like a length", ["a 1:b"], ["a", "b"]],
  ["a number and its text", [1], ["1"]],
  ["null and its text", [null], ["null"]],
  ["two objects that look alike", [object], [{}]],
  ["an object and the text of its number", [object, "x"], ["#1", "x"]],
  ["one text fewer", ["a", "b"], ["a"]],
])("parts are different when they are made of %s", (_what, one, other) => {
  const parts = new Parts(10_000);
  const [first, second] = [parts.get(one, make), parts.get(other, make)];
  expect(first).not.toBe(second);
  expect([parts.get([...one], make), parts.get([...other], make)]).toEqual([first, second]);
  expect(parts.get([...one], make)).toBe(first);
});

test("parts of more kinds than follow on each other are found again, each as it was made first", () => {
  const parts = new Parts(100_000);
  const kinds = Array.from({ length: 40 }, (_, n): Ingredient[] => ["tool", n, object]);
  const first = kinds.map((of) => parts.get(of, make));
  for (let round = 0; round < 3; round += 1) expect(kinds.map((of) => parts.get([...of], make))).toEqual(first);
  expect(new Set(first).size).toBe(40);
});

test("what may be the only one is made when it comes again", () => {
  const parts = new Parts(10_000);
  const of: Ingredient[] = ["once", object];
  expect(parts.getAgain(of, make)).toBeNull();
  const again = parts.getAgain([...of], make);
  expect(again).not.toBeNull();
  expect(parts.getAgain([...of], make)).toBe(again);
});

test("what is made of long texts is not kept, however often it comes", () => {
  const parts = new Parts(100_000);
  const of: Ingredient[] = ["x".repeat(2_048), object];
  for (let round = 0; round < 3; round += 1)
    expect([parts.get(of, make), parts.getAgain(of, make)]).toEqual([null, null]);
});
