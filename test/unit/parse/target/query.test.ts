import fc from "fast-check";
import { queryText, readPairs, refuseRepeated } from "../../../../gateway/parse/target/query.ts";
import { codeOf } from "../../../support/parser.ts";

/** The pairs of a query in which nothing is a list. */
function readQuery(raw: string): readonly (readonly [string, string])[] {
  const { pairs, repeated } = readPairs(raw);
  refuseRepeated(repeated, new Set());
  return pairs;
}

test.each([
  ["a name twice", "a=1&a=2"],
  ["a name twice in another case", "amount=1&Amount=2"],
  ["a name twice, once escaped", "a=1&%61=2"],
  ["an array by repetition", "a[]=1&a[]=2"],
  ["a name as value and as object", "a=1&a[b]=2"],
  ["an object and then a value", "a[b]=1&a=2"],
  ["a name without text", "=1"],
  ["an empty parameter", "a=1&&b=2"],
  ["a prototype's name", "__proto__=1"],
  ["a prototype's name in brackets", "a[__proto__][admin]=1"],
  ["a constructor in dots", "a.constructor=1"],
  ["an escaped NUL", "a=%00"],
  ["an invalid escape", "a=%zz"],
  ["bytes that are not UTF-8", "a=%e9"],
  ["a separator in a name", "a%26b=1"],
  ["a raw quote", 'a="b"'],
])("refuses a query with %s", (_what, query) => {
  expect(codeOf(() => readQuery(query))).toBe("query_ambiguous");
});

test("tells which names are repeated letter by letter, and refuses those that are no lists", () => {
  const { pairs, repeated } = readPairs("tag=a&b=1&tag=c&tag=a");
  expect(pairs.map(([, value]) => value)).toEqual(["a", "1", "c", "a"]);
  expect(repeated).toEqual(["tag", "tag"]);
  expect(codeOf(() => refuseRepeated(repeated, new Set()))).toBe("query_ambiguous");
  expect(codeOf(() => refuseRepeated(repeated, new Set(["b"])))).toBe("query_ambiguous");
  expect(codeOf(() => refuseRepeated(repeated, new Set(["tag"])))).toBe("accepted");
});

test.each(["tag=a&Tag=b", "tag=a&tag[]=b", "tag[]=a&tag=b", "tag=a&tag=b&TAG=c", "tag[a]=1&tag=a&tag=b"])(
  "refuses %s whatever is a list, since only equal letters repeat a name",
  (query) => {
    expect(codeOf(() => readPairs(query))).toBe("query_ambiguous");
  },
);

test("treats a semicolon as data and sends it escaped", () => {
  expect(queryText(readQuery("a=1;b=2"))).toBe("a=1%3Bb%3D2");
});

test("reads a plus as a space and sends both signs in escapes that nobody reads otherwise", () => {
  expect(readQuery("q=x+y%2Bz")).toEqual([["q", "x y+z"]]);
  expect(queryText(readQuery("q=x+y%2Bz"))).toBe("q=x%20y%2Bz");
});

test("keeps the order of pairs", () => {
  expect(readQuery("b=2&a=1")).toEqual([
    ["b", "2"],
    ["a", "1"],
  ]);
});

test("accepts different members of one object", () => {
  expect(readQuery("filter[status]=open&filter[age]=2")).toHaveLength(2);
});

test("gives the same pairs to every reader of what is sent", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9_-]{1,8}$/), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(names, fc.string({ unit: "grapheme", maxLength: 12 }), (keys, value) => {
      fc.pre(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(value) && value.isWellFormed());
      const pairs = keys.map((key) => [key, value] as const);
      fc.pre(!keys.some((key) => ["constructor", "prototype", "__proto__"].includes(key)));
      const sent = queryText(readQuery(queryText(pairs)));
      expect([...new URLSearchParams(sent)]).toEqual(pairs);
    }),
    { numRuns: 500 },
  );
});
