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
