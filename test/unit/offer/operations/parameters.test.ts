import { readParameter } from "../../../../gateway/offer/operations/parameters.ts";

const document = {
  openapi: "3.1.0",
  components: { schemas: { List: { type: "array", items: {} }, Keys: { properties: { a: {} } } } },
};
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const read = (more: object, place = "query") =>
  readParameter(document, { name: "p", in: place, ...more }, (name) => name !== "hidden");

it.each<[string, object, string, object]>([
  ["a value", { schema: { type: ["integer", "null"] } }, "query", { kind: "scalar", required: false }],
  ["a value without a schema", {}, "header", { kind: "scalar" }],
  ["a path, which is always required", { schema: {} }, "path", { kind: "scalar", required: true }],
  ["a list as pairs", { schema: ref("List") }, "query", { kind: "array", separator: null }],
  ["a list in a path", { schema: ref("List") }, "path", { kind: "array", separator: "," }],
  [
    "an optional list of generated documents",
    { schema: { anyOf: [ref("List"), { type: "null" }] } },
    "query",
    { kind: "array" },
  ],
  ["an object by its keys", { schema: ref("Keys") }, "query", { kind: "object", deep: false, keys: new Set(["a"]) }],
  ["a deep object", { schema: ref("Keys"), style: "deepObject" }, "query", { kind: "object", deep: true }],
  ["a whole document", { content: { "application/json": {} } }, "query", { kind: "json" }],
])("reads %s", (_, more, place, expected) => {
  expect(read(more, place)).toMatchObject(expected);
});

it.each<[string, object, string]>([
  ["a matrix", { style: "matrix", schema: ref("List") }, "path"],
  ["an object in a header", { schema: ref("Keys") }, "header"],
  ["a list as a deep object", { schema: ref("List"), style: "deepObject" }, "query"],
  ["an object without known keys", { schema: { type: "object" } }, "query"],
  ["keys that are no names", { schema: { properties: { "a]=1&b[c": {} } }, style: "deepObject" }, "query"],
  ["one value or several", { schema: { oneOf: [{ type: "string" }, ref("List")] } }, "query"],
  ["a cookie", {}, "cookie"],
  ["a place that there is not", {}, "body"],
])("refuses %s", (_, more, place) => {
  expect(read(more, place)).toEqual(expect.any(String));
});

it("leaves out what other members of the document say, and refuses what the route does not forward", () => {
  expect(readParameter(document, { name: "Authorization", in: "header" }, () => true)).toBeNull();
  expect(readParameter(document, { name: "hidden", in: "header" }, (name) => name !== "hidden")).toContain("hidden");
});
