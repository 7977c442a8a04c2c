import fc from "fast-check";
import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { Found } from "../../../../gateway/provenance/text/found.ts";
import { TextReader } from "../../../../gateway/provenance/text/reader.ts";
import { sketchOf } from "../../../../gateway/provenance/text/repeated-texts.ts";

const key = digestKey(new Uint8Array(32).fill(7));

function newReader(): TextReader {
  const digester = new Digester(key);
  return new TextReader(digester, new Found(digester));
}

/** All that is known of what a reader has read. */
function foundBy({ found, isFreeText }: TextReader) {
  const { count, shingleCount } = found;
  const columns = [found.hi, found.lo, found.as, found.marks].map((column) => [...column.subarray(0, count)]);
  const { isCut, values } = found;
  return { columns, shingles: [...found.shingles.subarray(0, shingleCount)], isCut, values, isFreeText };
}

const note =
  "Dear Ada, the box (order KX-77QP) arrived open: please write to bob@evil.example, see https://a.example/x, or pay 25,000 EUR.";
const other = note.replace("Ada", "Eve");
const forAnswers = { codes: false, shingles: true, tokens: true };

test("what is found in texts that come again is what is found when each is read anew", () => {
  const piece = fc.constantFrom(
    ...[
      "the parcel ",
      "KX-77QP ",
      "bob@evil.example, ",
      "https://a.example/x?y=1 ",
      "'its name' ",
      "25,000: ",
      "a.b\n",
    ],
    ...[
      "DE37370400440532013548 ",
      "%40home ",
      "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ= ",
      "Ünïcode; ",
      "漢字 ",
      "2026-11-30 ",
    ],
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 60 }).map((pieces) => pieces.join(""));
  const readFor = fc.record({ codes: fc.boolean(), shingles: fc.boolean(), tokens: fc.boolean() });
  const pool = fc.array(text, { minLength: 1, maxLength: 4 });
  // An answer is many texts: beyond some hundred of them there is no room for more.
  const answer = fc.record({ readFor, picks: fc.array(fc.nat(3), { maxLength: 40 }), times: fc.constantFrom(1, 1, 8) });
  const [knowing, fresh] = [newReader(), newReader()];
  const property = fc.property(pool, fc.array(answer, { maxLength: 8 }), (texts, answers) => {
    for (const { readFor: wanted, picks, times } of answers) {
      for (const reader of [knowing, fresh]) reader.clear();
      for (const pick of Array.from({ length: times }, () => picks).flat()) {
        const one = texts[pick % texts.length] as string;
        knowing.read(one, wanted);
        readAnew(fresh, one, wanted);
      }
      expect(foundBy(knowing)).toEqual(foundBy(fresh));
    }
  });
  fc.assert(property, { numRuns: 60 });
});

/** In pieces each text is read, whatever came before. */
function readAnew(reader: TextReader, text: string, readFor: typeof forAnswers): void {
  const pieces = reader.readInPieces(text, readFor);
  while (pieces.next().done !== true) continue;
}

test("a text is not read when it comes for the third time", () => {
  const reader = newReader();
  const reads = (text: string): boolean => {
    reader.words.read("nothing");
    reader.read(text, forAnswers);
    return reader.words.text === text;
  };
  expect([reads(note), reads(note), reads(note), reads(note)]).toEqual([true, true, false, false]);
  expect(reads(other)).toBe(true);
  expect(reads("short")).toBe(true);
});

test("a text that looks like another one is read", () => {
  const sample = "x".repeat(160);
  const alike = `y${sample.slice(1)}`;
  expect(sketchOf(alike, 0)).toBe(sketchOf(sample, 0));
  const [knowing, fresh] = [newReader(), newReader()];
  for (const text of [sample, sample, sample]) knowing.read(text, forAnswers);
  knowing.clear();
  knowing.read(alike, forAnswers);
  fresh.read(alike, forAnswers);
  expect(foundBy(knowing)).toEqual(foundBy(fresh));
});

test("a text that was read for something else is read", () => {
  const [knowing, fresh] = [newReader(), newReader()];
  for (let time = 0; time < 3; time += 1) knowing.read(note, forAnswers);
  knowing.clear();
  for (const reader of [knowing, fresh]) reader.read(note, { ...forAnswers, codes: true });
  expect(foundBy(knowing)).toEqual(foundBy(fresh));
});

test("what has no room is cut as when it is read", () => {
  const lines = (count: number, from: number) =>
    Array.from({ length: count }, (_, at) => `line ${from + at}, and its end`).join("\n");
  const [knowing, fresh] = [newReader(), newReader()];
  for (const reader of [knowing, fresh]) {
    for (let time = 0; time < 3; time += 1) reader.read(note, forAnswers);
    reader.clear();
  }
  for (let at = 0; at < 30; at += 1)
    for (const text of [lines(10, at * 10), note]) {
      knowing.read(text, forAnswers);
      readAnew(fresh, text, forAnswers);
      expect(foundBy(knowing)).toEqual(foundBy(fresh));
    }
  expect(knowing.found.isCut).toBe(true);
});
