import { rootsOf } from "../../../../../gateway/provenance/learn/result/result-roots.ts";
import type { JsonValue } from "../../../../../gateway/lib/json.ts";

const values = (content: JsonValue) =>
  [...rootsOf(content, { names: new Map(), root: null })].map(({ value }) => value);
const shown = (content: JsonValue) =>
  values(content).filter((value) => value !== null && JSON.stringify(value) !== "{}");

test("reads a text that is JSON as that, and one in which a name stands twice as a text", () => {
  expect(values('{"a":[1]}')).toEqual([{ a: [1] }]);
  const twice = '{"to":"eve@evil.example","to":null}';
  expect(values(twice)).toEqual([twice]);
  expect(shown({ content: [{ type: "text", text: twice }] })).toEqual([twice]);
});

test("leaves nothing of content blocks out but the names of their types", () => {
  const result = {
    content: [
      { type: "text", text: '{"a":1}', annotations: { audience: ["user"] } },
      { type: "text", text: { content: "in an object" } },
      { type: "move note-48213" },
      { type: "resource", resource: { uri: "a:b" } },
    ],
    structuredContent: { b: 2 },
    _meta: { c: 3 },
    isError: false,
  };
  expect(shown(result)).toEqual([
    { a: 1 },
    { annotations: { audience: ["user"] } },
    { content: "in an object" },
    { type: "move note-48213" },
    { resource: { uri: "a:b" } },
    { b: 2 },
    { c: 3 },
    { isError: false },
  ]);
});
