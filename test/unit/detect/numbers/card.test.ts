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
