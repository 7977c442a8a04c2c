import { findIbans } from "../../../../gateway/detect/numbers/iban.ts";
import { scannedText } from "../../../../gateway/detect/scanned-text.ts";
import { parts } from "../found.ts";

function ibans(text: string): string[] {
  return parts(text, findIbans(scannedText(text)));
}

test.each([
  "DE89370400440532013000",
  "DE89 3704 0044 0532 0130 00",
  "DE89-3704-0044-0532-0130-00",
  "de89 3704 0044 0532 0130 00",
  "GB29 NWBK 6016 1331 9268 19",
  "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
  "NO93 8601 1117 947",
])("finds %s", (iban) => {
  expect(ibans(`IBAN: ${iban}, BIC X`)).toEqual([iban]);
});

test("ends where its country says, whatever follows after a blank", () => {
  expect(ibans("NO93 8601 1117 947 1234 5678")).toEqual(["NO93 8601 1117 947"]);
});

test("finds two after another", () => {
  expect(ibans("BE68539007547034;NL91ABNA0417164300")).toEqual(["BE68539007547034", "NL91ABNA0417164300"]);
});

test.each([
  ["wrong check digits", "DE88370400440532013000"],
  ["a country without IBANs", "US89370400440532013000"],
  ["a digit too few", "DE8937040044053201300"],
  ["a digit too many", "DE893704004405320130001"],
  ["groups of other lengths", "DE8937 0400 4405 3201 3000"],
  ["capitals and small letters mixed", "gB29NWBK60161331926819"],
  ["a letter before it", "XDE89370400440532013000"],
  ["check digits that are not given out", "DE00370400440532013089"],
])("finds none with %s", (_what, text) => {
  expect(ibans(text)).toEqual([]);
});
