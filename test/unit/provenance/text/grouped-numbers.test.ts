import { digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { numbersIn, type NumbersWanted } from "../../../../gateway/provenance/text/grouped-numbers.ts";
import { Words } from "../../../../gateway/provenance/text/words/words.ts";

const words = new Words(digestKey(Buffer.alloc(32, 7)));

const all: NumbersWanted = { fewest: 1, inGroups: false };

function numbersOf(text: string, wanted = all): string[] {
  words.read(text);
  const found: string[] = [];
  numbersIn(words, wanted, (form, start, end) => found.push(`${form} at ${start}-${end}`));
  return found;
}

test("finds a number in a sentence with each of its meanings", () => {
  expect(numbersOf("the daily limit is at least at 25,000 EUR.")).toEqual(["25 at 31-37", "25000 at 31-37"]);
  expect(numbersOf("1.204,50 and 31,882.14")).toEqual(["1204.5 at 0-8", "31882.14 at 13-22"]);
  expect(numbersOf("Summe 12 480 €")).toEqual(["12480 at 6-12"]);
});

test("takes numbers one after another each by itself", () => {
  expect(numbersOf("rooms 12, 15 and 7")).toEqual(["12 at 6-8", "15 at 10-12", "7 at 17-18"]);
  expect(numbersOf("DE89 3704 0044 0532")).toEqual(["3704 at 5-9"]);
});

test("finds none in words and codes", () => {
  expect(numbersOf("ticket T7502 of 3rd line")).toEqual([]);
  expect(numbersOf("nothing here")).toEqual([]);
});

test("leaves out numbers with fewer digits than are wanted, and those by themselves", () => {
  const text = "12,5 of 25,000, 31882 and 1.204,50";
  const grouped = ["25 at 8-14", "25000 at 8-14", "1204.5 at 26-34"];
  expect(numbersOf(text, { fewest: 5, inGroups: false }).toSorted()).toEqual(["31882 at 16-21", ...grouped].toSorted());
  expect(numbersOf(text, { fewest: 5, inGroups: true })).toEqual(grouped);
  expect(numbersOf("5.2.12345", { fewest: 5, inGroups: true })).toEqual(["2.12345 at 2-9"]);
});
