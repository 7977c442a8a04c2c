import { jsonParts, wantedAt } from "../../../gateway/lib/json-parts.ts";

const text = '{"a": {"x": [1], "y": {"z": 2}}, "large": {"a": 2}, "__proto__": {"y": 1}, "\\u0062": 3, "list": [{}]}';

test.each([
  ["whole", [["a"]], { a: { x: [1], y: { z: 2 } } }],
  ["whole", [["a", "y"], ["b"], ["none"]], { a: { y: { z: 2 } }, b: 3 }],
  ["whole", [["a"], ["a", "x"]], { a: { x: [1], y: { z: 2 } } }],
  ["whole", [["a", "x"], ["a"]], { a: { x: [1], y: { z: 2 } } }],
  ["whole", [], {}],
  ["kind", [["a", "y"], ["b"], ["list"]], { a: { y: {} }, b: 3, list: [] }],
  [
    "kind",
    [
      ["a", "x", "0"],
      ["large", "none"],
      ["b", "c"],
    ],
    { a: { x: [] }, large: {}, b: 3 },
  ],
] as const)("reads what is wanted, %s: %j", (what, paths, want) => {
  expect(jsonParts(Buffer.from(text), wantedAt(paths, what))).toEqual(want);
});

test("has a member that is called __proto__ as its own", () => {
  const found = jsonParts(Buffer.from(text), wantedAt([["__proto__"]], "whole"));
  expect(Object.entries(found ?? {})).toEqual([["__proto__", { y: 1 }]]);
});

test.each([
  ["a list", "[1]"],
  ["half an object", '{"a": 1'],
  ["text behind the object", '{"a": 1} x'],
  ["what is no JSON in a part that nobody wants", '{"a": 1, "b": {"c": tru}}'],
  ["a name that is there twice", '{"a": 1, "b": 2, "a": 3}'],
  ["such a name in a part that nobody wants", '{"a": 1, "b": [{"c": 1, "c": 2}]}'],
  ["such a name in a part that is wanted", '{"b": 1, "a": [{"c": 1, "c": 2}]}'],
  ["nothing", ""],
])("leaves %s to JSON.parse", (_name, json) => {
  expect(jsonParts(Buffer.from(json), wantedAt([["a"]], "whole"))).toBeNull();
});
