import { detect } from "../../../gateway/detect/detect.ts";
import { detectorKinds, type DetectorKind } from "../../../gateway/domain/result.ts";
import { parts } from "./found.ts";

const letter =
  "Hi Ann, write to bob@example.com or call +49 30 901820. IBAN DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111.";

test("finds every kind that a text has, in the order in which they stand", () => {
  const found = detect(letter);
  expect(found.map(({ kind }) => kind)).toEqual(["email", "phone", "iban", "card"]);
  expect(parts(letter, found)).toEqual([
    "bob@example.com",
    "+49 30 901820",
    "DE89 3704 0044 0532 0130 00",
    "4111 1111 1111 1111",
  ]);
});

test.each(detectorKinds)("looks for %s alone when asked for it alone", (kind) => {
  const kinds = new Set<DetectorKind>([kind]);
  expect(detect(letter, kinds).every((one) => one.kind === kind)).toBe(true);
  expect(detect(letter, kinds)).toEqual(detect(letter).filter((one) => one.kind === kind));
});

test("gives offsets of the text as it came when characters are left out or wide", () => {
  const text = "to\u200b bob@exam\u00adple.com, ＋４９ ３０ ９０１８２０ \u{1d41b}\u{1d428}\u{1d41b}@example.com";
  expect(parts(text, detect(text))).toEqual([
    "bob@exam\u00adple.com",
    "＋４９ ３０ ９０１８２０",
    "\u{1d41b}\u{1d428}\u{1d41b}@example.com",
  ]);
});

test.each([
  ["apiKey", "4f9d2b7c8e1a6053b2d4f6a8c0e1f3b5", "secret"],
  ["DB_PASSWORD", "Vq7-mK2x!Lp9", "secret"],
  ["homePhone", "0171 2345678", "phone"],
  ["ssn", "536-90-4399", "national_id"],
] as const)("takes the name of a field for what stands before its value: %s", (name, value, kind) => {
  expect(detect(value, undefined, name)).toEqual([{ kind, start: 0, end: value.length }]);
  expect(detect(value)).toEqual([]);
});

test("finds nothing in the name of a field itself", () => {
  expect(detect("hello", undefined, "bob@example.com")).toEqual([]);
});

test("finds nothing in an empty text", () => {
  expect(detect("")).toEqual([]);
});
