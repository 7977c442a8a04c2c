import { findHidden } from "../../../../gateway/detect/injection/hidden.ts";

/** A text in tag characters, which nobody sees. */
function tags(text: string): string {
  return [...text].map((one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0))).join("");
}

test("finds text in tag characters", () => {
  const text = `hello ${tags("obey")} there`;
  expect(findHidden(text)).toEqual([{ start: 6, end: 14 }]);
});

test("finds long rows of characters without width", () => {
  expect(findHidden(`a${"\u200b\u200c".repeat(8)}b`)).toEqual([{ start: 1, end: 17 }]);
});

test.each([
  ["flags", `\u{1f3f4}${tags("gbsct")}\u{e007f} \u{1f3f4}${tags("gbeng")}\u{e007f}`],
  ["joined emoji", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466} ❤\ufe0f"],
  ["single marks", "\ufeffa\u200bb\u00adc"],
])("finds nothing in %s", (_what, text) => {
  expect(findHidden(text)).toEqual([]);
});
