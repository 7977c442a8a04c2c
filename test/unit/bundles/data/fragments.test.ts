import { readFragment } from "../../../../gateway/bundles/data/fragments.ts";

const fragment = (text: string): ReturnType<typeof readFragment> =>
  readFragment({ path: "large/data.json", bytes: Buffer.from(text) });

test("reads an object with more names than a call has arguments", () => {
  const data = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`name ${index}`, index]));
  const { values, faults } = fragment(JSON.stringify(data));
  expect(faults).toEqual([]);
  expect(Object.keys(values as object)).toHaveLength(200_000);
});

test.each(['{"a": "\\"b\\": 1", "c\\\\": {"": ":"}}', '{"a\\"" \n: ["x", "y:"], "b": []}'])(
  "counts as names only strings before a colon: %s",
  (text) => {
    expect(fragment(text)).toMatchObject({ faults: [], values: JSON.parse(text) as object });
  },
);

test.each(['{"a": 1, "a": 2}', '{"a": {"b\\"": 1, "b\\"" : 2}}'])("tells of a name that is there twice: %s", (text) => {
  expect(fragment(text).faults).toHaveLength(1);
});

test.each([
  ["large/data.json", '{"a":', "}"],
  ["large/data.json", '{"a":[', "]}"],
  ["large/data.json", '{"\\u0061":', "}"],
  ["large/data.yaml", '{"a":', "}"],
])("refuses %s that is nested too deep for what reads it later: %s", (path, open, close) => {
  const text = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
  expect(readFragment({ path, bytes: Buffer.from(text) })).toMatchObject({
    values: null,
    faults: [{ file: path, line: 1, message: expect.stringMatching(/^is nested (?:more than 1000 levels|too) deep$/) }],
  });
});

test("reads a file of a thousand levels", () => {
  expect(fragment(`${'{"a":'.repeat(1000)}1${"}".repeat(1000)}`).faults).toEqual([]);
});
