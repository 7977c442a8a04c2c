import { addressesIn } from "../../../../../gateway/provenance/text/addresses/addresses.ts";
import { digestKey } from "../../../../../gateway/provenance/text/digest.ts";
import { KeptWords } from "../../../../../gateway/provenance/text/words/kept-words.ts";
import { longestText, Words } from "../../../../../gateway/provenance/text/words/words.ts";

const key = digestKey(Buffer.alloc(32, 7));
const rest =
  " and so on, as far as a text has to go to be kept at all: it is read again when the call is sent to its server.";
const textOf = (beginning: string) => beginning + rest;

const texts = [
  textOf("Write to ada@corp.example about KX-12-77QP,\nor see https://corp.example/a%40b"),
  textOf('İstanbul, Ada Ｂyron ﬁnds 漢字 and "quotes" in 2026-11-30'),
  textOf("x".repeat(200)),
];

/** All that is known of a text. */
function read(words: Words, text: string) {
  words.read(text);
  const { count, digitCount, hi, lo, start, end, marks, digitWords } = words;
  const columns = [hi, lo, start, end, marks].map((column) => [...column.subarray(0, count)]);
  const { text: readAs, longest, signs, isCut, isFreeText } = words;
  const addresses = [...addressesIn(words)];
  return {
    count,
    columns,
    readAs,
    longest,
    signs,
    isCut,
    isFreeText,
    addresses,
    digits: [...digitWords.subarray(0, digitCount)],
  };
}

function kept(...all: readonly string[]): KeptWords {
  const words = new KeptWords();
  const reader = new Words(key);
  for (const text of all) {
    reader.read(text);
    addressesIn(reader);
    words.keep(text, reader);
  }
  return words;
}

test("a text that was kept has the words, signs and addresses that reading it anew finds", () => {
  const before = kept(...texts);
  for (const text of texts) {
    expect(before.restore(text, new Words(key))).toBe(true);
    const words = new Words(key, before);
    // Nothing of it is left.
    words.read(textOf("12 34 other words @ https://x.example"));
    expect(read(words, text)).toEqual(read(new Words(key), text));
  }
});

test("what another text has instead of what was kept changes nothing of it", () => {
  const before = kept(texts[0] as string);
  const words = new Words(key, before);
  words.read(texts[0] as string);
  words.read(textOf("eve@evil.example 1234567890"));
  addressesIn(words);
  expect(read(words, texts[0] as string)).toEqual(read(new Words(key), texts[0] as string));
});

test("the last four long texts are kept, no short one, and none whose end was not read", () => {
  const many = Array.from({ length: 5 }, (_, at) => textOf(`${at} `.repeat(at * 100)));
  const before = kept("short", "y ".repeat(longestText), ...many);
  const has = ["short", "y ".repeat(longestText), ...many].map((text) => before.restore(text, new Words(key)));
  expect(has).toEqual([false, false, false, true, true, true, true]);
});

test("a text that is kept already takes no second place", () => {
  const [one = "", other = ""] = texts;
  const before = kept(one, other, other, other, other);
  expect(before.restore(one, new Words(key))).toBe(true);
});
