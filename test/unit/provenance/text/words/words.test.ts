import { digestKey } from "../../../../../gateway/provenance/text/digest.ts";
import { signs } from "../../../../../gateway/provenance/text/words/gaps.ts";
import { longestText, Words } from "../../../../../gateway/provenance/text/words/words.ts";

const key = digestKey(Buffer.alloc(32, 7));
const beyond = "\u00e9";
/** A text beyond ASCII that is not folded before its words are read. */
const blank = "\u00a0";

/** What is known of the first words of a text. */
function firstWords(text: string, wanted: number) {
  const words = new Words(key);
  words.read(text);
  const { hi, lo, start, end, marks, digitWords, digitCount } = words;
  return {
    columns: [hi, lo, start, end, marks].map((column) => [...column.subarray(0, wanted)]),
    digits: [...digitWords.subarray(0, digitCount)],
    signs: words.signs & ~signs.quote,
  };
}

/** With a character beyond ASCII behind it a text is read by its UTF-16 units, and not by its bytes. */
function expectSameByUnits(text: string): void {
  const words = new Words(key);
  words.read(text);
  const { count } = words;
  for (const last of [beyond, blank]) expect(firstWords(`${text} ${last}`, count)).toEqual(firstWords(text, count));
}

const parts = "a Ada KX 4711 20 # @ / \\ . , ; : - _ ~ + % & ' \" \n \r \t ( \u0000".split(" ").concat(" ", " ", "  ");

test("finds the same words, marks and signs in the bytes of a text as in its units", () => {
  let seed = 7;
  const next = (below: number): number => (seed = (Math.imul(seed, 48_271) >>> 0) % 0x7fff_ffff) % below;
  for (let round = 0; round < 2_000; round += 1)
    expectSameByUnits(Array.from({ length: next(40) }, () => parts[next(parts.length)]).join(""));
  for (const length of [15, 16, 17, 200]) expectSameByUnits("x".repeat(length));
});

test("knows nothing of the text before", () => {
  const words = new Words(key);
  for (const before of ["x".repeat(longestText), `${"x".repeat(40)}${beyond}`])
    for (const length of [0, 1, 15, 16, 40]) {
      words.read(before);
      words.read("a".repeat(length));
      expect([words.count, words.longest]).toEqual([Math.min(1, length), length]);
    }
});

test("reads the longest text whole, and beyond ASCII up to its last character", () => {
  const words = new Words(key);
  words.read("a".repeat(longestText));
  expect([words.count, words.longest, words.isCut]).toEqual([1, longestText, false]);
  for (const last of [beyond, "\u6f22", "\ud83d\ude00"]) {
    words.read(`${"a ".repeat(longestText / 2 - 1)}${last}`);
    expect([words.count, words.isCut]).toEqual([longestText / 2 - (last.length === 2 ? 1 : 0), false]);
    expect(words.signs & signs.quote).toBe(signs.quote);
  }
});
