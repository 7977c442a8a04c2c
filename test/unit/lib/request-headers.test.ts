import { firstHeader, stringItem, timesSent } from "../../../gateway/lib/request-headers.ts";

test.each([
  ['"a b"', "a b"],
  ['"a\\\\\\"b"', 'a\\"b'],
  ["0b6f-77", "0b6f-77"],
  ['""', null],
  ["", null],
  ['"a";q=1', null],
  ["a,b", null],
  ['"a', null],
  ['"a\\b"', null],
])("reads the string item %s as %s", (header, text) => {
  expect(stringItem(header)).toBe(text);
});

test("finds a header whatever the case of its name, and counts how often it was sent", () => {
  const raw = ["Host", "a", "X-Key", "1", "x-key", "2"];
  expect(firstHeader(raw, "x-key")).toBe("1");
  expect(timesSent(raw, "x-key")).toBe(2);
  expect(firstHeader(raw, "x-other")).toBeUndefined();
});
