import fc from "fast-check";
import { plainText } from "../../../gateway/detect/plain-text.ts";

test("is the same text when there is nothing to change", () => {
  const plain = plainText("Grüße, 中文 and 🙂");
  expect(plain).toMatchObject({ text: "Grüße, 中文 and 🙂", changed: false });
  expect(plain.original(2, 5)).toEqual({ start: 2, end: 5 });
});

test.each([
  ["zero-width characters", "a\u200bb\u200cc\u2060d\ufeffe", "abcde"],
  ["soft hyphens and joiners", "a\u00adb\u034fc", "abc"],
  ["combining marks", "e\u0301t\u0336e\u0301", "ete"],
  ["marks that turn the direction", "a\u202eb\u2066c", "abc"],
  ["tags and selectors", "a\u{e0041}b\ufe0fc\u{e0100}d", "abcd"],
  ["ignorable characters of other planes", "a\u{1d173}b\u{1bca0}c\u{e0400}d\u{e0fff}e", "abcde"],
  ["small forms and full stops", "a\ufe6bb\u3002c\uff61d\ufe52e", "a@b.c.d.e"],
  ["wide letters and digits", "Ａｂ１２＠．", "Ab12@."],
  ["letters of mathematics", "\u{1d400}\u{1d7d8}\u{1d5ba}", "A0a"],
  ["circled letters", "\u24b6\u24d1", "Ab"],
  ["blanks", "a\u00a0b\u2009c\u3000d", "a b c d"],
  ["hyphens and quotation marks", "a\u2011b\u2013c\u2019d\u201ce\u201d", 'a-b-c\'d"e"'],
])("reads %s as people do", (_what, text, plain) => {
  expect(plainText(text)).toMatchObject({ text: plain, changed: true });
});

test("leaves signs of music and shorthand that are seen as they are", () => {
  for (const text of ["\u{1d15e} a \u{1bc01}", "\ud834", "\ud82fa"])
    expect(plainText(text)).toMatchObject({ text: text.toWellFormed(), changed: !text.isWellFormed() });
});

test("says where each part of the plain text stands in the original", () => {
  const text = "x\u200b\u{1d400}\u{1d401}y\u200b";
  const plain = plainText(text);
  expect(plain.text).toBe("xABy");
  expect(plain.original(1, 3)).toEqual({ start: 2, end: 6 });
  expect(plain.original(0, 4)).toEqual({ start: 0, end: 7 });
});

test("any part of the plain text, read from the original, gives that part again", () => {
  const unit = fc.constantFrom(
    "a",
    "1",
    " ",
    "\u200b",
    "Ａ",
    "\u{1d400}",
    "\u{e0041}",
    "é",
    "\u0301",
    "🙂",
    "\ud835",
    "\udb40",
    "\u{1d173}",
    "\u{1d15e}",
    "\u3002",
  );
  fc.assert(
    fc.property(fc.array(unit), fc.nat(), fc.nat(), (units, one, other) => {
      const text = units.join("");
      const plain = plainText(text);
      const [start, end] = [one, other].map((at) => at % (plain.text.length + 1)).toSorted((a, b) => a - b);
      const place = plain.original(start!, end!);
      expect(place.start).toBeLessThanOrEqual(place.end);
      expect(place.end).toBeLessThanOrEqual(text.length);
      // A cut through a pair of surrogates is not well-formed, and reads as something else.
      const part = text.slice(place.start, place.end);
      if (part.isWellFormed() && text.isWellFormed()) {
        expect(plainText(part).text).toBe(plain.text.slice(start, end));
      }
    }),
  );
});
