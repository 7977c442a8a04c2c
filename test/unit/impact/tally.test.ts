import type { Difference } from "../../../gateway/domain/policy-change.ts";
import { Tally } from "../../../gateway/impact/tally.ts";

const answer = { effect: "deny", reasons: [] };

function difference(of: string, kind: string, tool = "crm/find", widens = false): Difference {
  return { of, at: null, tool, subject: `bot of ${tool}`, change: { kind, widens }, before: answer, after: answer };
}

test("counts by kind, widenings first, then the most frequent", () => {
  const tally = new Tally({ examples: 1, names: 9 });
  tally.addSame();
  for (const [of, kind, widens] of [
    ["a", "allow→hold", false],
    ["b", "allow→deny", false],
    ["c", "allow→deny", false],
    ["d", "deny→allow", true],
  ] as const)
    tally.add(difference(of, kind, "crm/find", widens));
  expect([tally.same, tally.changed, tally.widened]).toEqual([1, 4, 1]);
  expect(tally.kinds().map(({ kind, count }) => [kind, count])).toEqual([
    ["deny→allow", 1],
    ["allow→deny", 2],
    ["allow→hold", 1],
  ]);
});

test("one kind of change that widens and one that does not are two", () => {
  const tally = new Tally({ examples: 1, names: 9 });
  for (const widens of [true, false, false]) tally.add(difference("a", "obligations", "crm/find", widens));
  expect(tally.kinds().map(({ widens, count }) => [widens, count])).toEqual([
    [true, 1],
    [false, 2],
  ]);
});

test("keeps the first examples, and as many names as it may", () => {
  const tally = new Tally({ examples: 2, names: 2 });
  for (const [of, tool] of Object.entries({ a: "x", b: "y", c: "z", d: "y", e: "w" }))
    tally.add(difference(of, "allow→deny", tool));
  const [only] = tally.kinds();
  expect(only?.examples.map(({ of }) => of)).toEqual(["a", "b"]);
  expect(only?.tools).toEqual([
    { name: "y", count: 2 },
    { name: "(others)", count: 2 },
    { name: "x", count: 1 },
  ]);
});

test("keeps the first examples of a kind, or the latest", () => {
  for (const [latest, kept] of [
    [false, ["a", "b"]],
    [true, ["b", "c"]],
  ] as const) {
    const tally = new Tally({ examples: 2, names: 9, latest });
    for (const name of ["a", "b", "c"]) tally.add(difference(name, "allow→deny"));
    expect(tally.kinds()[0]?.examples.map(({ of }) => of)).toEqual(kept);
  }
});
