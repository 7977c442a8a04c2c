import { objectAt } from "../../../gateway/lib/json-insert.ts";

const text = ' { "a" : [1, {"x": "}"}], "b\\"\\u0062": {"c": {} , "d": "\\\\"}, "e": "é{", "f": {"g": -1.5e3} } ';
const bytes = Buffer.from(text);

test.each([
  [[], ["a", 'b"b', "e", "f"]],
  [['b"b'], ["c", "d"]],
  [['b"b', "c"], []],
  [["f"], ["g"]],
])("finds the object at %j", (steps, keys) => {
  const found = objectAt(bytes, steps);
  expect(found?.keys).toEqual(keys);
  const piece = `"new":1${keys.length === 0 ? "" : ","}`;
  const changed = Buffer.concat([bytes.subarray(0, found!.at), Buffer.from(piece), bytes.subarray(found!.at)]);
  const inner = steps.reduce<Record<string, unknown>>(
    (value, step) => value[step] as Record<string, unknown>,
    JSON.parse(changed.toString()) as Record<string, unknown>,
  );
  expect(inner["new"]).toBe(1);
  expect(Object.keys(inner)).toEqual(["new", ...keys]);
});

test.each([[["a"]], [["a", "1"]], [["e"]], [["none"]], [["f", "g"]], [["f", "g", "h"]]])(
  "finds no object at %j",
  (steps) => {
    expect(objectAt(bytes, steps)).toBeNull();
  },
);

test.each(["[]", "[{}]", '"{}"', "1", "null", ""])("finds no object in %j", (other) => {
  expect(objectAt(Buffer.from(other), [])).toBeNull();
});
