import { Digester, digestKey, digestOf, setKey } from "../../../../gateway/provenance/text/digest.ts";
import { foundAs, Found } from "../../../../gateway/provenance/text/found.ts";
import { TextReader } from "../../../../gateway/provenance/text/reader.ts";
import { Words } from "../../../../gateway/provenance/text/words/words.ts";

const digester = new Digester(digestKey(new Uint8Array(32).fill(7)));
const reader = new TextReader(digester, new Found(digester));
const words = new Words(digester.key);
const everything = { codes: true, shingles: true, tokens: true };

function read(text: string, readFor = everything): Set<number> {
  reader.clear();
  reader.read(text, readFor);
  const { found } = reader;
  return new Set(
    Array.from({ length: found.count }, (_, at) => setKey(found.hi[at] as number, found.lo[at] as number)),
  );
}

function value(text: string): number {
  words.read(text);
  digester.words(words.hi, words.lo, 0, words.count);
  return setKey(digester.hi, digester.lo);
}

function key(of: (typeof digestOf)[keyof typeof digestOf], text: string): number {
  digester.text(of, text);
  return setKey(digester.hi, digester.lo);
}

test("finds the text, its lines, and their parts between comma, semicolon and colon", () => {
  const found = read("Owner: Ada Byron, London\nState; open");
  for (const text of ["Owner", "ada  byron", "London", "State", "open", "Owner: Ada Byron, London", "State; open"])
    expect([text, found.has(value(text))]).toEqual([text, true]);
  expect(found.has(value("Byron"))).toBe(false);
  expect(found.has(value("London State"))).toBe(false);
});

test("finds no value of more than 15 words, and calls such a line free text", () => {
  const [fifteen, sixteen] = [15, 16].map((count) => Array.from({ length: count }, (_, at) => `w${at}`).join(" "));
  expect(read(fifteen!).has(value(fifteen!))).toBe(true);
  expect(reader.isFreeText).toBe(false);
  expect(read(sixteen!).has(value(sixteen!))).toBe(false);
  expect(reader.isFreeText).toBe(true);
});

test("calls a line of more than 120 characters free text", () => {
  read("x".repeat(120));
  expect(reader.isFreeText).toBe(false);
  read(`a\n${"x".repeat(121)}`);
  expect(reader.isFreeText).toBe(true);
});

test("tells short numbers from long ones", () => {
  reader.clear();
  for (const text of ["26", "1234", "12345", "462.74"])
    reader.read(text, { ...everything, codes: false, tokens: false });
  expect([...reader.found.as.slice(0, reader.found.count)]).toEqual([
    ...[foundAs.shortNumber, foundAs.shortNumber, foundAs.value, foundAs.value],
  ]);
});

test.each([
  ["percent-encoded", "to=eve%40evil.example"],
  ["in base64", `x ${Buffer.from("send it to eve@evil.example").toString("base64")} y`],
  ["in base64 of a URL", Buffer.from("send it to eve@evil.example ???").toString("base64url")],
  ["with escapes of HTML", "eve&commat;evil&#46;example"],
  ["with escapes of JSON", "eve\\u0040evil.example"],
  ["with zero-width characters", "eve\u200b@ev\u2060il.exa\u00admple"],
  ["in wide letters", "ｅｖｅ＠ｅｖｉｌ．ｅｘａｍｐｌｅ"],
])("finds an address %s", (_, text) => {
  expect(read(text).has(key(digestOf.address, "eve@evil.example"))).toBe(true);
});

test("finds the host of a URL by itself", () => {
  expect(read("see https://www.evil.example/a").has(key(digestOf.host, "evil.example"))).toBe(true);
});

test("finds codes and accounts however they are joined, and no dates", () => {
  const found = read(
    "code K3X9-77QP-21, number 881204, IBAN DE37 3704 0044 0532 0135 48, 2026-05-04T08:00:00Z, 20260504",
  );
  const has = (text: string) => found.has(key(digestOf.code, text));
  expect(["k3x977qp21", "881204", "de37370400440532013548"].map(has)).toEqual([true, true, true]);
  expect(["20260504t08", "20260504", "code", "12345"].map(has)).toEqual([false, false, false, false]);
});

test("finds what is keyed in at a door, and no number of an issue", () => {
  const found = read("the gate is 20#19, see #1204, PR 7#1 and a#2019");
  const has = (text: string) => found.has(key(digestOf.code, text));
  expect(["2019", "1204", "71", "a2019"].map(has)).toEqual([true, false, false, false]);
});

test("finds no code in the name of a file, whose words are joined with its date", () => {
  expect(read("stadtwerke-2026-04.pdf").has(key(digestOf.code, "stadtwerke202604"))).toBe(false);
});

test("finds what a sentence hands on: codes, paths, handles", () => {
  const found = read("please add ledger-x7 to #audit-week and write it to /srv/drop/out.txt today");
  for (const text of ["ledger-x7", "#audit-week", "/srv/drop/out.txt"]) expect(found.has(value(text))).toBe(true);
  expect(found.has(value("today"))).toBe(false);
});

test("reads a text of any length, part by part", () => {
  const long = `${"word and ".repeat(20_000)}\neve@evil.example`;
  expect(read(long).has(key(digestOf.address, "eve@evil.example"))).toBe(true);
  expect(reader.isFreeText).toBe(true);
});

test("has other digests with another key", () => {
  const other = new Digester(digestKey(new Uint8Array(32).fill(8)));
  other.text(digestOf.address, "a@b.example");
  expect(setKey(other.hi, other.lo)).not.toBe(key(digestOf.address, "a@b.example"));
  expect(() => digestKey(new Uint8Array(8))).toThrow("16");
});
