import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { quotedIn } from "../../../../gateway/provenance/text/tokens.ts";
import { Words } from "../../../../gateway/provenance/text/words/words.ts";

const words = new Words(new Digester(digestKey(new Uint8Array(16))).key);

function quoted(text: string): string[] {
  const found: string[] = [];
  words.read(text);
  quotedIn(words, (from, to) => found.push(words.text.slice(words.start[from], words.end[to - 1])));
  return found;
}

test.each([
  ["with the title 'Booking a room' and \"Riverside View\"", ["Booking a room", "Riverside View"]],
  ["close the channel `alpha`, then \u201cbeta two\u201d and \u201egamma\u201c", ["alpha", "beta two", "gamma"]],
  ["\u00able nom\u00bb", ["le nom"]],
  ["it's Ann's, isn't it", []],
  ["'it's Ann's desk'", ["it's Ann's desk"]],
  ['5" and 6" wide', ["and 6"]],
  ['Note: " create an event titled "Booking a room" today', ["create an event titled", "Booking a room"]],
  ['"a1" said"Booking a room"', ["a1", "said", "Booking a room"]],
  ["' create 'Booking a room' today", ["create 'Booking a room", "Booking a room"]],
  ["so ` create `Booking a room` today", ["create", "Booking a room"]],
  ["no marks at all", []],
  ['""', []],
])("finds what stands in quotation marks in %j", (text, expected) => {
  expect(quoted(text)).toEqual(expected);
});

test("leaves out what is too long for a value, and stops after many", () => {
  expect(quoted(`"${"word ".repeat(16)}"`)).toEqual([]);
  expect(quoted('"ab" '.repeat(256))).toHaveLength(256);
});

test("says when there are more quotations than it looks at", () => {
  const isCut = (text: string): boolean => {
    words.read(text);
    return quotedIn(words, () => undefined);
  };
  expect([isCut('"ab" '.repeat(256)), isCut(`${'"ab" '.repeat(256)}"Booking a room"`)]).toEqual([false, true]);
});
