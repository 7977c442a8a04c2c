import { claimAt, type JsonValue, valueAt, valueAtSteps } from "../../../gateway/lib/json.ts";

const document: JsonValue = { a: { "b/c": [null, { d: "found" }] }, e: null, f: "text" };

test.each([
  ["a member of objects and lists", ["a", "b/c", "1", "d"], "found"],
  ["the whole document for no key", [], document],
  ["a null that is there", ["e"], null],
])("keys lead to %s", (_what, steps, wanted) => expect(valueAtSteps(document, steps)).toBe(wanted));

test.each([
  ["a key that is not there", ["a", "x"]],
  ["a key below a null", ["e", "x"]],
  ["a key below a text", ["f", "length"]],
  ["a name that every object inherits", ["constructor", "name"]],
  ["the prototype", ["__proto__", "toString"]],
])("nothing is at %s", (_what, steps) => expect(valueAtSteps(document, steps)).toBeUndefined());

test("a pointer and a claim lead to null where nothing is", () => {
  const claims = { plain: 1, "/x": 2 };
  expect([valueAt(document, "/a/b~1c/1/d"), valueAt(document, "/a/x")]).toEqual(["found", null]);
  expect([claimAt(claims, "plain"), claimAt(claims, "/~1x"), claimAt(claims, "toString")]).toEqual([1, 2, null]);
});
