import fc from "fast-check";
import { percentDecoded, unescapedJson } from "../../../gateway/lib/unescape.ts";

const json = (text: string) => unescapedJson(Buffer.from(text)).toString("latin1");
const address = (text: string) => percentDecoded(Buffer.from(text)).toString("latin1");

const visible = fc.string({ unit: fc.constantFrom(..."aZ09._~-+/=%u:&") });
const each = (text: string, escape: (one: string, code: string) => string) =>
  [...text].map((one) => escape(one, one.charCodeAt(0).toString(16))).join("");

test("finds every character of a text that is escaped for JSON", () => {
  fc.assert(
    fc.property(visible, fc.array(fc.boolean(), { minLength: 99, maxLength: 99 }), (text, isEscaped) => {
      let at = 0;
      const escaped = each(text, (one, code) => {
        const long = `\\u${code.padStart(4, "0")}`;
        return isEscaped[(at += 1)] === true ? (one === "/" ? "\\/" : long) : one;
      });
      expect([JSON.parse(`"${escaped}"`), json(escaped)]).toEqual([text, text]);
    }),
  );
});

test("finds every character of a text that is percent-encoded", () => {
  fc.assert(
    fc.property(visible, (text) => {
      const encoded = each(text, (_one, code) => `%${code.padStart(2, "0")}`);
      expect([decodeURIComponent(encoded), address(encoded)]).toEqual([text, text]);
    }),
  );
});

test.each([
  ["\\u0041\\u004A\\u004a", "AJJ"],
  ["\\\\u0041\\u0042", "\\\\u0041B"],
  ["\\\\\\u0041", "\\\\A"],
  ['\\/\\n\\"\\', '/\\n\\"\\'],
  ["\\u004\\u", "\\u004\\u"],
  ["\\u0165\\u00e4\\/", "\xff\xff/"],
  ["\\%41\\/", "\\%41/"],
])("reads %j of JSON as %j", (text, read) => {
  expect(json(text)).toBe(read);
});

test.each([
  ["%41%4a%4A", "AJJ"],
  ["%%41%4", "%A%4"],
  ["%", "%"],
  ["%2541", "%41"],
])("reads %j of an address as %j", (text, read) => {
  expect(address(text)).toBe(read);
});

test("leaves bytes without an escape where they are", () => {
  const bytes = Buffer.from('{"a":"b\\n"}');
  expect([unescapedJson(bytes), percentDecoded(bytes)].every((one) => one === bytes)).toBe(true);
});
