import { findPhones } from "../../../../gateway/detect/numbers/phone.ts";
import { scannedText } from "../../../../gateway/detect/scanned-text.ts";
import { parts } from "../found.ts";

function phones(text: string): string[] {
  return parts(text, findPhones(scannedText(text)));
}

test.each([
  "+49 171 2345678",
  "+1 (650) 555-0100",
  "+41 (0)44 668 18 00",
  "+442079460958",
  "+43 1 588 58-0",
  "0046 8 123 456 78",
  "(415) 555-2671",
  "415-555-2671",
  "01 42 68 53 00",
])("finds %s without a word before it", (number) => {
  expect(phones(`so ${number}, ok`)).toEqual([number]);
});

test.each([
  ["Tel.: ", "030/901820"],
  ["mobile: ", "07700 900123"],
  ["teléfono ", "612 345 678"],
  ["Handy ", "0171 2345678"],
  ["Rückruf bitte unter ", "0711 98765432"],
  ["phoneNumber: ", "0171 2345678"],
  ["☎ ", "030 901820"],
])("finds a national number after %j, and not without it", (word, number) => {
  expect(phones(`${word}${number}.`)).toEqual([number]);
  expect(phones(`see ${number}.`)).toEqual([]);
});

test("finds a second number after the first", () => {
  expect(phones("Tel. 030 901820, 0171 2345678 or 0711 98765432")).toEqual([
    "030 901820",
    "0171 2345678",
    "0711 98765432",
  ]);
});

test.each([
  "+12 345 678 units",
  "+1000000",
  "UTC+0530",
  "2024-06-11T09:30:15+0200",
  "call 12:45:00 to 13:15:00",
  "the phone costs 1 299 000 won",
  "01 02 03 04 05 06 07 08 09 10",
  "302-555-0199-A",
  "3704 0044 0532 0130 01",
  "seen 1700000000 times",
  "x+4915112345678y",
])("finds none in %j", (text) => {
  expect(phones(text)).toEqual([]);
});
