import { defaultLimits, checkInputLimits } from "../../../../gateway/decide/host/limits.ts";
import { inputOf } from "../support/compile-rego.ts";

const limits = { ...defaultLimits, inputBytes: 200, inputDepth: 4, inputKeysPerObject: 3, inputKeys: 6 };
const check = (document: unknown) => () => checkInputLimits(inputOf(document), limits);

test("refuses an input of too many bytes, counted as UTF-8", () => {
  expect(check({ a: "x".repeat(190) })).not.toThrow();
  expect(check({ a: "x".repeat(200) })).toThrow("more than 200 bytes");
  expect(check({ a: "ä".repeat(100) })).toThrow("more than 200 bytes");
});

test("refuses an input nested too deeply, in objects or arrays", () => {
  expect(check({ a: { b: { c: {} } } })).not.toThrow();
  expect(check({ a: { b: { c: { d: {} } } } })).toThrow("nested deeper than 4");
  expect(check({ a: [[[[]]]] })).toThrow("nested deeper than 4");
});

test("refuses one object with too many keys, wherever it is", () => {
  expect(check({ a: { b: 1, c: 2, d: 3 } })).not.toThrow();
  expect(check({ a: [{ b: 1, c: 2, d: 3, e: 4 }] })).toThrow("an object with more than 3 keys");
});

test("refuses too many keys in all", () => {
  expect(check({ a: { b: { c: 1 } }, d: { e: { f: 1 } } })).not.toThrow();
  expect(check([{ a: 1, b: 1 }, { a: 1, b: 1 }, { a: 1, b: 1 }, { a: 1 }])).toThrow("more than 6 object keys");
});

test("names the refusal policy_input_too_large", () => {
  expect(check({ a: "x".repeat(300) })).toThrow(expect.objectContaining({ code: "policy_input_too_large" }));
});

test.each([
  ["max", "x".repeat(300)],
  ["depth", [[[[]]]]],
  ["keys_per_object", { b: 1, c: 2, d: 3, e: 4 }],
  ["keys", Array.from({ length: 7 }, () => ({ a: 1 }))],
])("names the option policy.input.%s", (option, a) => {
  expect(check({ a })).toThrow(`policy.input.${option}: `);
});
