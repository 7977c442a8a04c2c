import fc from "fast-check";
import { isSuspicious, marked, pieces } from "../../../../console/src/text/hostile-text.ts";
import { warningsOf } from "../../../../console/src/text/warnings.ts";
import { slowdown } from "../../../support/slowdown.ts";

const kinds = (text: string) => warningsOf(text, "/x").map((warning) => warning.kind);

describe("text of a request", () => {
  test.each([
    ["a bidi override", "a\u202Eb", "a⟦U+202E⟧b"],
    ["a zero-width space", "a\u200Bb", "a⟦U+200B⟧b"],
    ["a tag character", "a\u{E0041}", "a⟦U+E0041⟧"],
    ["an escape", "\u001B[31m", "⟦U+001B⟧[31m"],
    ["a lone surrogate", "a\uD800", "a⟦U+D800⟧"],
    ["a no-break space", "a\u00A0b", "a⟦U+00A0⟧b"],
    ["a Hangul filler", "a\u3164b", "a⟦U+3164⟧b"],
    ["a blank braille cell", "a\u2800b", "a⟦U+2800⟧b"],
    ["a forged mark", "⟦U+202E⟧", "⟦U+27E6⟧U+202E⟦U+27E7⟧"],
    ["a NUL", "\u0000", "⟦U+0000⟧"],
  ])("shows %s as its code point", (_what, text, shown) => {
    expect(marked(text)).toBe(shown);
  });

  test("keeps plain text of any language as it is", () => {
    for (const text of ["Zürich, Żółć", "日本語", "שלום", "e\u0301", "emoji 🙂", "two  spaces"])
      expect(marked(text)).toBe(text);
  });

  test("counts a run of one character instead of letting it push the rest away", () => {
    expect(marked(`a${"\u3000".repeat(300)}b${" ".repeat(40)}c`)).toBe("a⟦U+3000 ×300⟧b⟦U+0020 ×40⟧c");
  });

  test("marks a line break and breaks the line", () => {
    expect(pieces("a\nb").map((piece) => piece.shown)).toEqual(["a", "⟦U+000A⟧", "\n", "b"]);
  });

  test("marks combining characters that pile up", () => {
    expect(marked("a\u0301\u0301\u0301\u0301")).toBe("a\u0301\u0301⟦U+0301 ×2⟧");
  });

  test("never shows a character that it calls suspicious, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const plain = pieces(text).filter((piece) => piece.kind === "plain" && piece.shown !== "\n");
        expect(plain.some((piece) => isSuspicious(piece.shown))).toBe(false);
      }),
    );
  });

  test("reads long text of alternating marks in time linear in its length", async () => {
    const [pairs, parts] = [34_000, 17];
    const [whole, part] = [pairs, pairs / parts].map((count) => "\u200B\u200C".repeat(count)) as [string, string];
    expect(marked(whole)).toHaveLength(pairs * 16);
    const apart = (): void => {
      for (let index = 0; index < parts; index++) marked(part);
    };
    // As much text in one piece as in seventeen: quadratic time would make the one seventeen times slower.
    expect(await slowdown(() => marked(whole), apart, 6)).toBeLessThan(6);
  });
});

describe("warnings", () => {
  test.each([
    ["mixed scripts in a word", "p\u0430ypal.example", "mixed"],
    ["a word of look-alikes", "\u0430\u0440\u0440\u04CF\u0435", "lookalike"],
    ["mathematical letters", "\u{1D429}\u{1D41A}\u{1D432}", "styled"],
    ["full-width letters", "ｐａｙ", "styled"],
    ["a punycode host", "https://xn--pypal-4ve.example/", "punycode"],
    ["hidden characters", "pay\u200Bpal", "hidden"],
  ])("are raised for %s", (_what, text, kind) => {
    expect(kinds(text)).toContain(kind);
  });

  test("stay silent on honest text in one script a word", () => {
    for (const text of [
      "Refund for order 881",
      "Привет мир",
      "Ελλάδα and Athens",
      "line one\nline two",
      "www.example.com",
    ])
      expect(kinds(text)).toEqual([]);
  });
});
