import express from "express";
import fc from "fast-check";
import { refuseCollisions, refuseName, rootOf } from "../../../../gateway/parse/target/names.ts";
import { codeOf } from "../../../support/parser.ts";

/** What becomes of these names beside each other, in any order: nothing is a list. */
function read(...names: readonly string[]): string {
  const code = (given: readonly string[]): string =>
    codeOf(() => {
      given.forEach(refuseName);
      if (refuseCollisions(given.map((name) => [name, "1"] as const)).length > 0) throw new Error("repeated");
    });
  const codes = new Set([code(names), code(names.toReversed())]);
  expect(codes.size).toBe(1);
  return [...codes].join();
}

test.each([
  ["currency", " currency"],
  ["user_id", "user.id"],
  ["user_id", "user id"],
  ["user.id", "USER ID"],
  ["user_id[a]", "user.id[a]"],
  ["a[b]", "a[b][c]"],
  ["f[to]", "f[to]x"],
  ["f[to][a]", "f[to]x"],
  ["f[to]x", "f[to]y"],
  ["f[to]", "f[to][]"],
  ["f[]", "f[0]"],
  ["f[]", "f[a]"],
  ["f[]", "f[ ]"],
  ["f[][a]", "f[0][b]"],
  ["f[][a]", "f[][0][a]"],
  ["f[a]", "F[A]"],
  ["f", "f[a]x"],
  ["ſum", "sum"],
  ["a［b］", "a[b]"],
])("refuses %j beside %j, which some reader takes for one", (one, other) => {
  expect(read(one)).toBe("accepted");
  expect(read(other)).toBe("accepted");
  expect(read(one, other)).toBe("query_ambiguous");
});

test.each([
  ["user_id", "user"],
  ["user.id", "user.name"],
  ["f[a]", "f[b]"],
  ["f[0]", "f[1]"],
  ["f[a][b]", "f[a][c]", "f[b]"],
  ["f[][a]", "f[][b]"],
  ["to", "to_", "to-", "t-o"],
])("accepts %j beside %j", (...names) => {
  expect(read(...names)).toBe("accepted");
});

test.each([
  ["[currency]"],
  [" [currency]"],
  ["]currency"],
  ["user[id"],
  ["user]"],
  ["a[b[c]]"],
  ["a[b]]"],
  ["[]"],
  [" "],
])("refuses %j alone, of which every reader makes something else", (name) => {
  expect(read(name)).toBe("query_ambiguous");
});

test("refuses a name that is nested deeper than readers go, in time that its length bounds", () => {
  expect(read(`a${"[b]".repeat(32)}`)).toBe("accepted");
  expect(read(`a${"[b]".repeat(33)}`)).toBe("query_ambiguous");
  expect(read(`a${"[b]".repeat(300_000)}`)).toBe("query_ambiguous");
});

test("tells which names are given again letter by letter", () => {
  const names = ["a[]", "b", "a[]", "c[x]", "b", "a[]"];
  expect(refuseCollisions(names.map((name) => [name, ""] as const))).toEqual(["a[]", "b", "a[]"]);
});

test.each([
  ["currency", "currency"],
  ["[currency]", "currency"],
  [" User.Id[a]", "user_id"],
  ["[[a]b]", "a"],
  ["", ""],
])("takes %j for a name with the root %j", (name, root) => {
  expect(rootOf(name)).toBe(root);
});

const app = express().set("query parser", "extended");
const readByQs = app.get("query parser fn") as (query: string) => unknown;

/** Where `qs`, as Express sets it, puts the value of a name. Null: it leaves the name out. */
function placeByQs(name: string): readonly string[] | null {
  const place: string[] = [];
  let value = readByQs(`${encodeURIComponent(name)}=1`);
  while (typeof value === "object" && value !== null) {
    const [member] = Object.entries(value);
    if (member === undefined) return null;
    place.push(member[0]);
    value = member[1];
  }
  return place;
}

function isWithin(one: readonly string[] | null, other: readonly string[] | null): boolean {
  return one !== null && other !== null && one.every((step, at) => other[at] === step);
}

/** All texts of up to three of these tokens. */
function namesOf(tokens: readonly string[]): string[] {
  const longer = (names: readonly string[]): string[] => names.flatMap((name) => tokens.map((token) => name + token));
  const two = longer(tokens);
  return [...tokens, ...two, ...longer(two)];
}

test("refuses any two names of a small alphabet that qs takes for one, or for a value and its parent", () => {
  const names = [...new Set(namesOf(["a", "b", "[a]", "[0]", "[]", "[", "]", "."]))]
    .filter((name) => codeOf(() => refuseName(name)) === "accepted")
    .map((name) => ({ name, place: placeByQs(name) }));
  expect(names.length).toBeGreaterThan(100);
  const missed: string[] = [];
  let merged = 0;
  for (const one of names)
    for (const other of names) {
      if (one === other || !(isWithin(one.place, other.place) || isWithin(other.place, one.place))) continue;
      merged += 1;
      const pairs = [one, other].map(({ name }) => [name, "1"] as const);
      if (codeOf(() => refuseCollisions(pairs)) !== "query_ambiguous") missed.push(`${one.name} ${other.name}`);
    }
  expect(missed).toEqual([]);
  expect(merged).toBeGreaterThan(300);
});

test("refuses what qs takes for one also beyond the depth to which it nests", () => {
  const step = fc.constantFrom("[a]", "[]", "[0]", "[b]", "x");
  const deep = fc.array(step, { minLength: 4, maxLength: 8 }).map((steps) => `a${steps.join("")}`);
  fc.assert(
    fc.property(deep, deep, (one, other) => {
      fc.pre(one !== other);
      const [first, second] = [placeByQs(one), placeByQs(other)];
      fc.pre(isWithin(first, second) || isWithin(second, first));
      expect(read(one, other)).toBe("query_ambiguous");
    }),
    { numRuns: 300 },
  );
});
