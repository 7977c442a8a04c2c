import fc from "fast-check";
import { SecretFinder } from "../../../gateway/lib/secret-finder.ts";

const secret = "s3cr3t/Canary+Tok&n-0123";
const finder = new SecretFinder([[secret]], "[gone]");
const clean = (text: string | Buffer) => finder.clean(Buffer.from(text)).bytes.toString("latin1");

const percented = (text: string): string => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join("");
const unicode = (text: string): string =>
  [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
const entities = (text: string): string => [...text].map((one) => `&#${one.charCodeAt(0)};`).join("");

const spellings: [string, string][] = [
  ["as it is", secret],
  ["percent-encoded as components are", encodeURIComponent(secret)],
  ["percent-encoded throughout", percented(secret)],
  ["percent-encoded throughout, in capitals", percented(secret).toUpperCase()],
  ["percent-encoded in places", secret.replace("C", "%43").replace("n", "%6e")],
  ["in a form body", new URLSearchParams({ "": secret }).toString().slice(1)],
  ["with JSON escapes throughout", unicode(secret)],
  ["with JSON escapes in places", secret.replace("/", "\\/").replace("T", "\\u0054")],
  ["with JavaScript escapes", secret.replace("C", "\\x43").replace("T", "\\u{54}")],
  ["with HTML entities", secret.replace("&", "&amp;").replace("C", "&#x43;")],
  ["with HTML entities throughout", entities(secret)],
  ["percent-encoded in an address that is a parameter", encodeURIComponent(encodeURIComponent(secret))],
  ["percent-encoded three times", encodeURIComponent(encodeURIComponent(encodeURIComponent(secret)))],
  ["with JSON escapes in JSON that is a text of JSON", unicode(secret).replaceAll("\\", "\\\\")],
  ["with escaped slashes in JSON that is a text of JSON", secret.replace("/", "\\\\\\/")],
  ["with HTML entities at full length", entities(secret).replaceAll("&#", "&#00")],
  ["in hex", Buffer.from(secret).toString("hex")],
  ["in hex, in capitals", Buffer.from(secret).toString("hex").toUpperCase()],
];

test.each(spellings)("removes a secret %s", (_how, spelt) => {
  expect(clean(`{"a":"${spelt}"}`)).toBe('{"a":"[gone]"}');
});

test.each([
  ["utf16le", (text: string) => Buffer.from(text, "utf16le")],
  ["utf16be", (text: string) => Buffer.from(text, "utf16le").swap16()],
])("removes a secret in %s", (_name, encoded) => {
  expect(finder.clean(encoded(`<${secret}>`))).toMatchObject({ removed: 1 });
});

test.each([0, 1, 2, 3, 4, 5, 9])("removes a secret in base64 behind %i other bytes", (before) => {
  const whole = Buffer.from(`${"x".repeat(before)}${secret} and more`);
  for (const encoding of ["base64", "base64url"] as const) {
    const cleaned = clean(`data: ${whole.toString(encoding)}`);
    expect(cleaned).toContain("[gone]");
    const left = Buffer.from(cleaned.replace("data: ", "").replace("[gone]", ""), "base64").toString("latin1");
    expect(left).not.toContain("Canary");
  }
});

const wide = "sk-live?>~~ab/c+d>>>??x~Zz91";
test.each([
  ["as components of an address are", encodeURIComponent],
  ["as some writers of JSON do", (text: string) => text.replaceAll("/", "\\/")],
  ["for HTML", (text: string) => text.replaceAll("+", "&#43;").replaceAll("/", "&#x2F;")],
])("removes a secret in base64 that is escaped %s, whole and in parts", (_how, spelt) => {
  const found = new SecretFinder([[wide]], "[gone]");
  for (const before of ["", "x", "xy", "user:"]) {
    const text = spelt(Buffer.from(`${before}${wide} and more`).toString("base64"));
    expect(found.clean(Buffer.from(text)).removed).toBe(1);
    const [first, second] = [Buffer.from(text.slice(0, 20)), Buffer.from(text.slice(20))];
    const { bytes, rest } = found.cleanStart(first);
    const passed = bytes.toString() + found.clean(Buffer.concat([rest, second])).bytes.toString();
    expect(passed).toContain("[gone]");
  }
});

test("removes every place, and joins those that overlap", () => {
  const both = new SecretFinder([["user:password"], ["password"]], "[gone]");
  const { bytes, removed } = both.clean(Buffer.from("user:password password passwort"));
  expect([bytes.toString(), removed]).toEqual(["[gone] [gone] passwort", 2]);
});

test("returns the very bytes in which nothing is found", () => {
  const bytes = Buffer.from('{"a":"100%","b":"\\u00e9\\n","c":"AT&T"}');
  expect(finder.clean(bytes)).toEqual({ bytes, removed: 0 });
  expect(finder.clean(bytes).bytes).toBe(bytes);
});

test("looks for nothing that is too short to be told from a word", () => {
  expect(new SecretFinder([["abc", ""]], "[gone]").isEmpty).toBe(true);
});

/** All pieces of a stream, as they are passed on. */
function streamed(bytes: Buffer, cuts: readonly number[]): string {
  let rest: Buffer = Buffer.alloc(0);
  let passed = "";
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  for (const to of ends) {
    const step = finder.cleanStart(Buffer.concat([rest, bytes.subarray(from, to)]));
    passed += step.bytes.toString("latin1");
    rest = step.rest;
    from = to;
  }
  return passed + clean(rest);
}

test("removes the same from a stream, wherever it is cut", () => {
  const spelling = fc.constantFrom(...spellings.map(([, spelt]) => spelt));
  const other = fc.constantFrom("", "x", "s3cr", "%7", "\\u00", "&#", "s3cr3t/Can%61ry", '","b":"', "\n\n");
  const parts = fc.array(fc.oneof(spelling, other), { maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.array(fc.nat(400), { maxLength: 12 }), (texts, cuts) => {
      const bytes = Buffer.from(texts.join("|"));
      expect(streamed(bytes, cuts)).toBe(clean(bytes));
    }),
    { numRuns: 500 },
  );
});

test("holds back only what may be the beginning of a secret", () => {
  const event = Buffer.from('data: {"n":1}\n\n');
  expect(finder.cleanStart(event)).toMatchObject({ bytes: event, rest: Buffer.alloc(0) });
  expect(finder.cleanStart(Buffer.from(`a${secret.slice(0, 9)}`)).rest.toString()).toBe(secret.slice(0, 9));
  expect(finder.cleanStart(Buffer.from("a%7")).rest.toString()).toBe("%7");
});
