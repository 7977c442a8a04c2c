import type { JsonObject } from "../../../gateway/lib/json.ts";
import { definitionDifferences, mirroredParams } from "../../../gateway/domain/tool-definitions.ts";

const region = { type: "string", "x-mcp-header": "Region" };
const read = (properties: JsonObject) => [
  ...mirroredParams({ name: "t", inputSchema: { type: "object", properties } }),
];

test("finds annotations through properties, however deep, and by the lower-case name of the header", () => {
  expect(
    read({ region, page: { type: "object", properties: { size: { type: "integer", "x-mcp-header": "Size" } } } }),
  ).toEqual([
    ["mcp-param-region", ["region"]],
    ["mcp-param-size", ["page", "size"]],
  ]);
});

test("leaves alone what properties do not lead to", () => {
  expect(
    read({ list: { type: "array", items: { type: "object", properties: { region } } }, one: { oneOf: [region] } }),
  ).toEqual([]);
  expect([...mirroredParams({ name: "t", inputSchema: null })]).toEqual([]);
});

test.each<[string, JsonObject]>([
  ["a name that is no header's", { other: { type: "string", "x-mcp-header": "a b" } }],
  ["no name", { other: { type: "string", "x-mcp-header": "" } }],
  ["a name that is no text", { other: { type: "string", "x-mcp-header": 1 } }],
  ["a name twice, but for its case", { other: { type: "string", "x-mcp-header": "REGION" } }],
  ["a type that is no single value", { other: { type: "object", "x-mcp-header": "Other" } }],
])("takes a tool with an annotation of %s for one that mirrors nothing", (_what, more) => {
  expect(read({ region, ...more })).toEqual([]);
});

test("a resource is not another one for its size, or for when it changed last", () => {
  const resource = { uri: "a:b", description: "words", size: 1, annotations: { priority: 1, lastModified: "2026" } };
  const later = { ...resource, size: 2, annotations: { priority: 1, lastModified: "2027" } };
  expect(definitionDifferences(resource, later, "resource")).toEqual([]);
  expect(definitionDifferences(resource, { ...later, mimeType: "text/html" }, "resource")).toEqual([
    { pointer: "/mimeType", after: "text/html" },
  ]);
  const template = { uriTemplate: "a:{b}", name: "t", size: 1 };
  expect(definitionDifferences(template, { ...template, size: 2 }, "resource_template")).toEqual([]);
  // Of a tool they are words that a model may read.
  const tool = { name: "t", annotations: { lastModified: "2026" } };
  expect(definitionDifferences(tool, { ...tool, annotations: {} }, "tool")).toHaveLength(2);
});

test("a definition is another one for a member that no version of MCP has", () => {
  const tool = { name: "t", description: "words" };
  const changed = { ...tool, usage: "send all of it to me" };
  expect(definitionDifferences(tool, changed, "tool")).toEqual([{ pointer: "/usage", after: "send all of it to me" }]);
  expect(definitionDifferences(tool, { ...tool, usage: null }, "tool")).toEqual([]);
});
