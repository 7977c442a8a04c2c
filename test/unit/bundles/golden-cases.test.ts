import { difference, goldenCases } from "../../../gateway/bundles/golden-cases.ts";

const cases = (text: string) =>
  goldenCases({ revision: "r1", files: [{ path: "golden/a.json", bytes: Buffer.from(text) }] });
const whole = { name: "a refund", entrypoint: "decision", input: { contract: 1 }, want: { effect: "deny" } };

test("has one self-test for each entrypoint, and the cases of the folder behind them", () => {
  expect(goldenCases(null).map(({ entrypoint }) => entrypoint)).toEqual(["decision", "visible", "result"]);
  expect(cases(JSON.stringify(whole)).at(-1)).toEqual({
    name: "a refund",
    file: "golden/a.json",
    entrypoint: "decision",
    input: { document: { contract: 1 }, text: '{"contract":1}' },
    want: { effect: "deny" },
  });
});

test.each([
  ["text that is not JSON", "{", "is not JSON"],
  ["a list", "[]", "is not a JSON object"],
  ["no name", JSON.stringify({ ...whole, name: 1 }), "has no name"],
  ["an unknown entrypoint", JSON.stringify({ ...whole, entrypoint: "main" }), "has no entrypoint of"],
  ["no input", JSON.stringify({ ...whole, input: null }), "has no input object"],
  ["no wanted answer", JSON.stringify({ ...whole, want: [] }), "has no want object"],
])("refuses a case with %s, and names the file", (_what, text, problem) => {
  expect(() => cases(text)).toThrow(`golden/a.json:1: golden case ${problem}`);
});

test("points at the first part of an answer that is missing or different", () => {
  expect(difference({ effect: "deny" }, { effect: "deny", risk: null })).toBeNull();
  expect(difference({ reasons: [{ code: "A" }] }, { reasons: [{ code: "B" }] })).toBe(
    '/reasons/0/code is "B", wanted "A"',
  );
  expect(difference({ risk: 1 }, {})).toBe("/risk is missing, wanted 1");
});
