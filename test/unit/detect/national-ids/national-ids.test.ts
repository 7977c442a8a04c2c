import { findNationalIds } from "../../../../gateway/detect/national-ids/national-ids.ts";
import { scannedText } from "../../../../gateway/detect/scanned-text.ts";
import { parts } from "../found.ts";

function ids(text: string): string[] {
  return parts(text, findNationalIds(scannedText(text)));
}

/** A word that names the number, one writing of it, and how many of its last ten or 26 values are right. */
const named: readonly (readonly [string, string, string])[] = [
  ["DE", "Steuer-ID", "86095742719"],
  ["AT", "SVNR", "1237 010180"],
  ["NL", "BSN", "111222333"],
  ["PT", "NIF", "206581220"],
  ["RO", "CNP", "1630615123457"],
  ["SE", "personnummer", "8112189876"],
  ["NO", "fødselsnummer", "15108695088"],
  ["DK", "CPR", "211062-5629"],
  ["GB", "NINO", "BM308238B"],
  ["US", "SSN", "536-90-4399"],
  ["IE", "PPS number", "6433435F"],
  ["CA", "social insurance number", "046 454 286"],
  ["PL", "PESEL", "44051401359"],
  ["CZ", "rodné číslo", "7103192745"],
  ["BR", "CPF", "52998224725"],
  ["CL", "RUN", "12531909-2"],
];

/** Numbers whose form and check digits are enough. */
const telling: readonly (readonly [string, string])[] = [
  ["CH", "756.9217.0769.85"],
  ["FR", "2 95 10 99 126 111 93"],
  ["FR, Corsica", "253072B07300470"],
  ["BE", "85.07.30-033.28"],
  ["BE, born in this century", "17.07.30-033.84"],
  ["ES", "12345678Z"],
  ["ES, foreigner", "X1234567L"],
  ["IT", "RCCMNL83S18D969H"],
  ["SE", "811218-9876"],
  ["FI", "131052-308T"],
  ["CZ", "710319/2745"],
  ["BR", "390.533.447-05"],
  ["CL", "12.531.909-2"],
  ["AR", "20-05536168-2"],
  ["MX", "BOXW310820HNERXN09"],
];

test.each(named)("finds a number of %s after %j, and not without it", (_country, word, number) => {
  expect(ids(`${word} ${number}.`)).toEqual([number]);
  expect(ids(`value ${number}.`)).toEqual([]);
});

test.each(telling)("finds a number of %s by itself", (_country, number) => {
  expect(ids(`value ${number}.`)).toEqual([number]);
});

/** Other writings, which begin with fewer digits. */
test.each([
  ["Steuer-ID", "86 095 742 719"],
  ["BSN", "111.222.333"],
  ["NIF", "206 581 220"],
  ["fødselsnummer", "151086 95088"],
  ["RUN", "5126663-3"],
  ["value", "5.126.663-3"],
  ["value", "850730 033 28"],
  ["value", "12.345.678-Z"],
  ["NINO", "BM 30 82 38 B"],
])("finds after %j a number in the writing %s", (word, number) => {
  expect(ids(`${word} ${number}.`)).toEqual([number]);
});

/** Denmark, Britain and the United States check nothing. */
const checked = [
  ...named.filter(([country]) => !["DK", "GB", "US"].includes(country)).map(([, word, number]) => `${word} ${number}`),
  ...telling.map(([, number]) => number),
];

test.each(checked)("takes no other value for the check digit of %s", (text) => {
  const last = text.at(-1) as string;
  const others = (/\d/.test(last) ? "0123456789" : "ABCDEFGHJKLMNPQRSTVWXYZ").replace(last, "");
  const right = [...others].filter((other) => ids(text.slice(0, -1) + other).length > 0);
  expect(right).toEqual([]);
});

test.each([
  "SSN 000-12-3456",
  "SSN 666-12-3456",
  "SSN 123-00-4567",
  "SSN 123-45-0000",
  "NINO GB308238B",
  "CPR 311362-5629",
  "CPF 111.111.111-11",
])("finds nothing in %s, which is not given out", (text) => {
  expect(ids(text)).toEqual([]);
});

test("finds the numbers of a column whose header names them", () => {
  expect(ids("naam;bsn\nDe Vries;475018837\nJansen;275021609\n")).toEqual(["475018837", "275021609"]);
});

test("takes a number after a word for orders for an order", () => {
  expect(ids("order no. 12345678Z")).toEqual([]);
});
