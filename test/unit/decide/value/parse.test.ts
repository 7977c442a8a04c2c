import { numberText } from "../../../../gateway/decide/value/number.ts";
import { parseValue, ValueSyntaxError } from "../../../../gateway/decide/value/parse.ts";

test.each([0, 1, 62, 63, 64, 65, 200])("strings of %i units are what JSON says", (length) => {
  for (const end of ["", '"', "\\", "\n", "\u20ac", "\ud83d\ude00", "\u007f"]) {
    const text = "x".repeat(length) + end;
    expect(parseValue(JSON.stringify(text))).toBe(text);
    expect(parseValue(JSON.stringify([text, "next"]))).toEqual([text, "next"]);
  }
});

test.each(['"', '"x', `"${"x".repeat(63)}`, '"x\n"', '"\u0000"', '"x\\"', '"\\q"'])("%j is no string", (text) => {
  expect(() => parseValue(text)).toThrow(ValueSyntaxError);
});

test.each(["0", "7", "120", "123456789012345", "1234567890123456", "12345678901234567890", "-5", "1.50", "1e3", "1E3"])(
  "the number %s keeps its digits",
  (text) => {
    for (const json of [true, false]) expect(numberText(parseValue(text, json) as number)).toBe(text);
    expect(numberText((parseValue(`[${text}]`) as readonly number[])[0] as number)).toBe(text);
  },
);

test.each(["00", "007", "1.", "1x", "-", "1 2"])("%s is no JSON", (text) => {
  expect(() => parseValue(text, true)).toThrow(ValueSyntaxError);
});

test("what Rego writes otherwise is read as before", () => {
  expect(numberText(parseValue("007") as number)).toBe("007");
  expect(numberText(parseValue("5.") as number)).toBe("5");
});
