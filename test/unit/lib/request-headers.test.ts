import { continueTrace, firstHeader, stringItem, timesSent, traceIdOf } from "../../../gateway/lib/request-headers.ts";

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

const [trace, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];

test.each([
  ["version 00", `00-${trace}-${parent}-01`],
  ["a later version, alone", `01-${trace}-${parent}-03`],
  ["a later version with more behind it", `cc-${trace}-${parent}-01-what-the-future-will-be-like`],
])("reads the trace of %s", (_what, header) => {
  expect(traceIdOf(header)).toBe(trace);
});

/** Among them those of https://github.com/w3c/trace-context, test/test.py. */
test.each([
  ["no header", undefined],
  ["an empty header", ""],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${parent}-01`],
  ["a parent id of zeros", `00-${trace}-${"0".repeat(16)}-01`],
  ["version ff", `ff-${trace}-${parent}-01`],
  ["a version of one digit", `0-${trace}-${parent}-01`],
  ["version 00 with more behind it", `00-${trace}-${parent}-01-more`],
  ["a later version with more, but no dash before it", `cc-${trace}-${parent}-01.more`],
  ["capital letters", `00-${trace.toUpperCase()}-${parent}-01`],
  ["a trace id that is too short", `00-${trace.slice(1)}-${parent}-01`],
  ["a trace id that is too long", `00-0${trace}-${parent}-01`],
  ["no flags", `00-${trace}-${parent}`],
  ["flags that are no digits", `00-${trace}-${parent}-.0`],
  ["a space before it", ` 00-${trace}-${parent}-01`],
  ["a space behind it", `00-${trace}-${parent}-01 `],
  ["two headers in one", `00-${trace}-${parent}-01,00-${trace}-${parent}-01`],
  ["a number", 7],
])("finds no trace in %s", (_what, header) => {
  expect(traceIdOf(header)).toBeNull();
  expect(continueTrace(header, "d_1")).toBeNull();
});

test("continues a trace with the decision as its parent, and of a later version keeps the sampled flag alone", () => {
  expect(continueTrace(`00-${trace}-${parent}-03`, "d_1")).toMatch(
    new RegExp(`^00-${trace}-(?!${parent})[0-9a-f]{16}-03$`),
  );
  expect(continueTrace(`cc-${trace}-${parent}-ff-x`, "d_1")).toMatch(/-01$/);
  expect(continueTrace(`cc-${trace}-${parent}-fe`, "d_1")).toMatch(/-00$/);
});
