import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { contentOf, listFields, listParameters } from "../../../../gateway/parse/openapi/document.ts";

const array = { type: "array", items: { type: "string" } };
const document: JsonObject = {
  components: {
    schemas: {
      Tags: array,
      Again: { $ref: "#/components/schemas/Tags" },
      Round: { $ref: "#/components/schemas/Round" },
    },
    parameters: { Tag: { name: "tag", in: "query", schema: { $ref: "#/components/schemas/Again" } } },
  },
};

const listsOf = (operation: unknown[], item: unknown[] = []): string[] => [
  ...listParameters(document, { parameters: item } as JsonObject, { parameters: operation } as JsonObject),
];

test.each([
  ["an array in the default style", { name: "tag", in: "query", schema: array }],
  ["one that spells its style out", { name: "tag", in: "query", style: "form", explode: true, schema: array }],
  ["an array that may be null", { name: "tag", in: "query", schema: { type: ["array", "null"] } }],
  [
    "an array or null, as FastAPI writes it",
    { name: "tag", in: "query", schema: { anyOf: [array, { type: "null" }] } },
  ],
  [
    "one of two arrays",
    { name: "tag", in: "query", schema: { oneOf: [array, { $ref: "#/components/schemas/Tags" }] } },
  ],
  ["an array with more said of it", { name: "tag", in: "query", schema: { allOf: [array, { maxItems: 3 }] } }],
  ["one that refers to a parameter and a schema", { $ref: "#/components/parameters/Tag" }],
])("takes %s for a list", (_what, parameter) => {
  expect(listsOf([parameter])).toEqual(["tag"]);
});

test.each([
  ["a text", { name: "tag", in: "query", schema: { type: "string" } }],
  ["an array in one pair", { name: "tag", in: "query", explode: false, schema: array }],
  ["an array with other separators", { name: "tag", in: "query", style: "pipeDelimited", schema: array }],
  ["an array of the path", { name: "tag", in: "path", schema: array }],
  ["a text or an array", { name: "tag", in: "query", schema: { anyOf: [{ type: "string" }, array] } }],
  ["an array or a text", { name: "tag", in: "query", schema: { type: ["array", "string"] } }],
  ["nothing but null", { name: "tag", in: "query", schema: { anyOf: [{ type: "null" }] } }],
  ["content of a media type", { name: "tag", in: "query", content: { "application/json": { schema: array } } }],
  ["a schema that refers to itself", { name: "tag", in: "query", schema: { $ref: "#/components/schemas/Round" } }],
  ["a parameter of another document", { $ref: "other.yaml#/Tag" }],
  ["a parameter that is not there", { $ref: "#/components/parameters/None" }],
])("takes %s for none", (_what, parameter) => {
  expect(listsOf([parameter])).toEqual([]);
});

test("lets an operation's parameter replace the one of its path", () => {
  const list = { name: "tag", in: "query", schema: array };
  const text = { name: "tag", in: "query", schema: { type: "string" } };
  expect([listsOf([], [list]), listsOf([text], [list]), listsOf([list], [text])]).toEqual([["tag"], [], ["tag"]]);
});

test("takes the first of the bodies whose media types differ in case or parameters alone", () => {
  const content = {
    "Application/JSON; charset=utf-8": { schema: 1 },
    "application/json": { schema: 2 },
    "text/csv": {},
  };
  expect([...contentOf({ content })]).toEqual([
    ["application/json", { schema: 1 }],
    ["text/csv", {}],
  ]);
  expect(contentOf(null).size).toBe(0);
});

test("takes array fields of a form body for lists unless their encoding says otherwise", () => {
  const schema = {
    type: "object",
    properties: { a: array, b: array, c: { $ref: "#/components/schemas/Tags" }, d: {} },
  };
  const content = { "application/x-www-form-urlencoded": { schema, encoding: { b: { explode: false } } } };
  expect([...listFields(document, { requestBody: { content } })]).toEqual(["a", "c"]);
  expect([...listFields(document, { requestBody: { content: { "application/json": { schema } } } })]).toEqual([]);
  expect([...listFields(document, {})]).toEqual([]);
});
