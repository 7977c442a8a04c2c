import { findCards } from "../../../../gateway/detect/numbers/card.ts";
import { scannedText } from "../../../../gateway/detect/scanned-text.ts";
import { parts } from "../found.ts";

function cards(text: string): string[] {
  return parts(text, findCards(scannedText(text)));
}

test.each([
  "4111111111111111",
  "4111 1111 1111 1111",
  "5555-5555-5555-4444",
  "2223 0031 2200 3222",
  "3782 822463 10005",
  "378282246310005",
  "6011 1111 1111 1117",
  "3056 930902 5904",
  "3530 1113 3330 0000",
  "6274020109591200",
  "2204388936679389",
])("finds %s", (number) => {
  expect(cards(`from ${number}, ok`)).toEqual([number]);
});

test.each(["4288536051623", "6244783073786116903", "36927633704053"])(
  "finds %s only beside a word for cards: its length is an unusual one",
  (number) => {
    expect(cards(`card ${number}`)).toEqual([number]);
    expect(cards(`value ${number}`)).toEqual([]);
  },
);

test.each(["order", "Invoice no.", "tracking number:", "Auftragsnummer", "IMEI "])(
  "takes a number after %j for what that says",
  (word) => {
    expect(cards(`${word} 4111111111111111`)).toEqual([]);
  },
);

test.each([
  ["a wrong check digit", "4111111111111112"],
  ["an unknown prefix", "9999999999999995"],
  ["groups of other lengths", "41111 111111 11111"],
  ["different separators", "4111 1111-1111 1111"],
  ["more digits", "41111111111111110000"],
  ["a letter next to it", "4111111111111111x"],
  ["a fraction", "0.4111111111111111"],
])("finds no card in a number with %s", (_what, text) => {
  expect(cards(text)).toEqual([]);
});

test.each([
  "4021 4117 4180 4216 4390 4420 4503 4511 4620 4712",
  "4111 1111 1111 1111 4390 4420",
  "9034 4111 1111 1111 1111",
  "7310 4390 4111 1111 1111 1111 6202 1",
  "4111 1111 1111 1111 5555 5555 5555 4445",
])("finds no card in a longer row of groups: %s", (row) => {
  expect(cards(`values ${row}`)).toEqual([]);
  expect(cards(`${row}\n${row}`)).toEqual([]);
});

test("finds a card in few of a thousand rows of thirty numbers", () => {
  let state = 1;
  const number = (): string => String(1_000 + ((state = (state * 48_271) % 2_147_483_647) % 9_000));
  const rows = Array.from({ length: 1_000 }, () => Array.from({ length: 30 }, number).join(" "));
  expect(rows.filter((row) => cards(row).length > 0).length).toBeLessThan(5);
});

test.each([
  ["words", "4111 1111 1111 1111 is the card of Anna"],
  ["when it expires, with a slash", "4111 1111 1111 1111 12/27"],
  ["when it expires, in four digits", "4111 1111 1111 1111 1227"],
  ["when it expires, in two groups, and a code", "4111 1111 1111 1111 12 27 123"],
  ["a code of three digits", "4111 1111 1111 1111 124"],
  ["a line of other numbers", "4111 1111 1111 1111\n4390 4420"],
  ["a decimal number", "4111 1111 1111 1111 4390.50"],
  ["a word that says card before it, and more groups", "card 4111 1111 1111 1111 4390 4420"],
])("finds a card followed by %s", (_what, text) => {
  expect(cards(text)).toEqual(["4111 1111 1111 1111"]);
});

test("finds cards behind each other in one row, and a card after a year", () => {
  const several = ["4111 1111 1111 1111", "5555 5555 5555 4444", "4012 8888 8888 1881"];
  expect(cards(several.join(" "))).toEqual(several);
  expect(cards(`Anna, ${several.slice(1).join(" ")}, 2026`)).toEqual(several.slice(1));
  expect(cards(`in 2026 ${several[0]}`)).toEqual([several[0]]);
});
