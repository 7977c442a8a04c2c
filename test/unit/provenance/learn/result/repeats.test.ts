import fc from "fast-check";
import { repeatsOf } from "../../../../../gateway/provenance/learn/result/repeats.ts";
import type { JsonObject, JsonValue } from "../../../../../gateway/lib/json.ts";

const sentence = "the parcel has arrived at the wrong place";

test("takes a text for an argument that it is, whatever blanks stand around it, and for no part of one", () => {
  const said = { to: " ann ", deep: [{ note: `${sentence} `, count: 12.5 }] };
  for (const text of ["ann", `\n${sentence}`, "12.5 "])
    expect([text, repeatsOf(said).isWhole(text)]).toEqual([text, true]);
  for (const text of ["an", "parcel", "12", "12.50", "null", ""])
    expect([text, repeatsOf(said).isWhole(text)]).toEqual([text, false]);
});

/** Every text and number of the arguments, down to the depth that is looked at. */
function all(value: JsonValue, depth = 0): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value).trim()];
  if (typeof value !== "object" || value === null || depth > 8) return [];
  return Object.values(value).flatMap((inner) => all(inner, depth + 1));
}

test("answers each question, also after many, as a list of all arguments would", () => {
  const leaf = fc.oneof(
    fc.constantFrom("a", " b", "1", "0", "1e21", "0.1", "-0", "", "NaN"),
    fc.constantFrom(0, -0, 1, 0.1, 1e21, 1.5e-7, true, null),
    fc.string({ maxLength: 3 }),
  );
  const said = fc.object({ maxDepth: 3, values: [leaf] }) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(said, fc.array(fc.oneof(leaf, fc.string({ maxLength: 3 })), { minLength: 8 }), (args, asked) => {
      const [repeats, known] = [repeatsOf(args), all(args)];
      for (const one of asked) expect(repeats.isWhole(String(one))).toBe(known.includes(String(one).trim()));
    }),
    { numRuns: 500 },
  );
});

test("answers questions about long texts and numbers, few and too many of them, as a list of all arguments would", () => {
  const long = fc.oneof(
    fc.constantFrom(
      "x".repeat(19),
      ` ${"x".repeat(19)}`,
      "x".repeat(20),
      ` ${"x".repeat(20)}\n`,
      "-0.30000000000000004",
    ),
    fc.constantFrom(-0.30000000000000004, 123456789.1234567, -1.2345678901234567e-7, 1e21, -12345678901234567890),
    fc.constantFrom("-1.2345678901234567e-7", "123456789.1234567", "-12345678901234567000", sentence, `${sentence} `),
    fc.nat(80).map((at) => `${at} ${sentence}`),
  );
  const said = fc.array(fc.oneof(long, fc.array(long)), { maxLength: 12 }).map((all): JsonObject => ({ all }));
  const many: JsonObject = { many: Array.from({ length: 80 }, (_, at) => `${at} ${sentence}`) };
  fc.assert(
    fc.property(said, fc.boolean(), fc.array(long, { minLength: 8 }), (some, isMany, asked) => {
      const args = isMany ? { ...many, ...some } : some;
      const [repeats, known] = [repeatsOf(args), all(args)];
      for (const one of asked) expect(repeats.isWhole(String(one))).toBe(known.includes(String(one).trim()));
    }),
    { numRuns: 500 },
  );
});

test("calls a free text a repeat when no long line is left of it without the long arguments", () => {
  const said = { note: sentence, more: [{ other: `${sentence} and nobody has asked for it since last week` }] };
  const isAll = repeatsOf(said).isAllOfFreeText;
  expect(isAll(`${sentence} ${sentence} ${sentence} ${sentence}`)).toBe(true);
  expect(isAll(`${sentence} ${"and more ".repeat(20)}`)).toBe(false);
  expect(isAll("and more ".repeat(20))).toBe(false);
  // Nineteen characters are too few to be looked for; a number of twenty is looked for as it is printed.
  expect(repeatsOf({ a: "nineteen characters" }).isAllOfFreeText("nineteen characters")).toBe(false);
  expect(repeatsOf({ a: -0.30000000000000004 }).isAllOfFreeText("it is -0.30000000000000004")).toBe(true);
});
