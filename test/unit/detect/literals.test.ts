import fc from "fast-check";
import { literals } from "../../../gateway/detect/literals.ts";

function hits(words: readonly string[], text: string): string[] {
  const found: string[] = [];
  literals(words).find(text, (word, start) => found.push(`${words[word]}@${start}`));
  return found;
}

test("finds words that overlap and words inside others", () => {
  expect(hits(["he", "she", "his", "hers"], "ushers").toSorted()).toEqual(["he@2", "hers@2", "she@1"]);
});

test("compares without case and without the accents of Latin letters", () => {
  expect(hits(["precedentes"], "PRÉCÉDENTES précédentes")).toEqual(["precedentes@0", "precedentes@12"]);
});

test("takes line breaks and tabs for blanks", () => {
  expect(hits(["you are now"], "You\tare\nnow")).toEqual(["you are now@0"]);
});

test("finds nothing across a character that is in no word", () => {
  expect(hits(["abc"], "ab中c ab\u0000c")).toEqual([]);
});

test("finds exactly what a search for each word finds", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 40 });
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 8 }), text, (words, inText) => {
      const expected = words.flatMap((one) =>
        [...inText].flatMap((_, at) => (inText.startsWith(one, at) ? [`${one}@${at}`] : [])),
      );
      expect(hits(words, inText).toSorted()).toEqual(expected.toSorted());
    }),
  );
});
