import { readJson } from "../../../../gateway/parse/json/read-json.ts";
import { scanJson } from "../../../../gateway/parse/json/scan-json.ts";
import { codeOf } from "../../../support/parser.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 10_000, maxStringBytes: 100_000 };
const read = (text: string | Buffer): unknown => readJson(Buffer.from(text), limits).value;
const codeFor = (text: string | Buffer): string => codeOf(() => read(text));

test.each([
  '{"a":[1,2.5,-3e2,true,false,null,"x"]}',
  " \t\r\n[ ] ",
  "{}",
  '"\\u00e9\\n\\/\\\\"',
  '"😀 \\ud83d\\ude00"',
  "0",
  "-0",
  "1.0",
  "0.30000000000000004",
  "9007199254740991",
  "-9007199254740991",
  "5e-324",
  '{"a":{"a":{"a":1}},"b":{"a":1}}',
  '{"":1," ":2}',
  '{"toString":1,"hasOwnProperty":2}',
  '[{"id":0},{"id":1}]',
])("accepts %s as JSON.parse does", (text) => {
  expect(read(text)).toEqual(JSON.parse(text));
});

test.each([
  ["nothing", ""],
  ["only space", " "],
  ["a trailing comma in an array", "[1,]"],
  ["a trailing comma in an object", '{"a":1,}'],
  ["a missing comma", "[1 2]"],
  ["a missing colon", '{"a" 1}'],
  ["a missing value", '{"a":}'],
  ["a bare key", "{a:1}"],
  ["single quotes", "['a']"],
  ["a comment", "[1]/*x*/"],
  ["something after the end", "{}{}"],
  ["a leading zero", "[01]"],
  ["a leading plus", "[+1]"],
  ["a bare point", "[.5]"],
  ["a point without digits", "[1.]"],
  ["an exponent without digits", "[1e]"],
  ["hex", "[0x1]"],
  ["NaN", "[NaN]"],
  ["Infinity", "[Infinity]"],
  ["an unfinished word", "[tru]"],
  ["a word in capitals", "[True]"],
  ["an unfinished string", '["a'],
  ["an unfinished escape", '["\\'],
  ["an unknown escape", '["\\x41"]'],
  ["an escape of three digits", '["\\u12"]'],
  ["an escape that is not hex", '["\\uZZZZ"]'],
  ["a raw line break in a string", '["a\nb"]'],
  ["a raw control deep in a long string", `["${"x".repeat(200)}\u0001"]`],
  ["an unclosed array", "[[1]"],
  ["a closed array too many", "[1]]"],
  ["crossed brackets", "[{]}"],
  ["a form feed as space", "[\f1]"],
  ["a no-break space", "[\u00a01]"],
  ["a NUL at the end", "{}\u0000"],
])("refuses %s as invalid", (_what, text) => {
  expect(codeFor(text)).toBe("json_invalid");
});

test.each([
  ["a key twice", '{"a":1,"a":2}'],
  ["a key twice with equal values", '{"a":1,"a":1}'],
  ["a key twice, deep down", '{"x":[{"y":{"a":1,"b":2,"a":3}}]}'],
  ["a key twice, once in escapes", '{"a":1,"\\u0061":2}'],
  ["a key twice, first in escapes", '{"\\u0061":1,"a":2}'],
  ["a key twice, both in escapes", '{"\\u0061":1,"\\u0061b":3,"\\u0061":2}'],
  ["an empty key twice", '{"":1,"":2}'],
  ["a key beyond ASCII twice, once in escapes", '{"é":1,"\\u00e9":2}'],
  ["a key twice around a nested object with the same keys", '{"a":{"a":{"a":1}},"a":1}'],
])("refuses %s as a duplicate key", (_what, text) => {
  expect(codeFor(text)).toBe("json_duplicate_key");
});

test.each(["__proto__", "constructor", "prototype", "\\u005f_proto__", "\\u0063onstructor"])(
  "refuses the key %s at any depth",
  (key) => {
    expect(codeFor(`{"x":[{"${key}":1}]}`)).toBe("json_key_refused");
  },
);

test.each([
  "9007199254740992",
  "9223372036854775807",
  "-9007199254740993",
  "1e400",
  "1e20",
  "1E-999",
  "0.1000000000000000055511151231257827",
  "3.141592653589793238",
  "123456789.12345678901",
])("refuses the number %s, which a double changes", (number) => {
  expect(codeFor(`[${number}]`)).toBe("json_number_refused");
});

test.each([
  ["a byte order mark", Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
  ["an overlong encoding", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["a Latin-1 letter", Buffer.from([0x22, 0xe9, 0x22])],
  ["UTF-16", Buffer.from('\ufeff{"a":1}', "utf16le")],
  ["half of a surrogate pair in escapes", '["\\ud800"]'],
  ["the other half", '["\\udc00"]'],
  ["two first halves", '["\\ud800\\ud800"]'],
  ["a first half before a letter", '["\\ud800a"]'],
])("refuses %s as text", (_what, bytes) => {
  expect(codeFor(bytes)).toBe("json_text_refused");
});

test("refuses one level more than the limit and accepts the limit", () => {
  expect(codeFor("[".repeat(64) + "]".repeat(64))).toBe("accepted");
  expect(codeFor("[".repeat(65) + "]".repeat(65))).toBe("json_too_deep");
});

test.each([
  ["case", '{"amount":1,"Amount":2}'],
  ["case, once in escapes", '{"amount":1,"\\u0041mount":2}'],
  ["a long s", '{"params":1,"param\u017f":2}'],
  ["the Kelvin sign", '{"\u212aey":1,"key":2}'],
  ["case beyond ASCII", '{"\u00e9":1,"\u00c9":2}'],
  ["composition", '{"\u00e9":1,"e\u0301":2}'],
])("refuses two keys of one object that differ in %s alone", (_what, text) => {
  expect(codeFor(text)).toBe("json_key_refused");
});

test("accepts keys that differ in case alone when they are in different objects", () => {
  expect(read('{"a":{"A":1},"b":[{"B":2}]}')).toEqual({ a: { A: 1 }, b: [{ B: 2 }] });
});

test("refuses a raw control character deep in a long key with an escape", () => {
  expect(codeFor(`{"\\n${"x".repeat(100)}\u0001":1}`)).toBe("json_invalid");
});

test("refuses one key more than an object may have", () => {
  const object = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1])));
  expect(codeFor(object(1_000))).toBe("accepted");
  expect(codeFor(object(1_001))).toBe("json_too_many_keys");
});

test("refuses one key more than a document may have", () => {
  const ten = '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1}';
  expect(codeFor(`[${Array(1_000).fill(ten).join()}]`)).toBe("accepted");
  expect(codeFor(`[${Array(1_000).fill(ten).join()},{"a":1}]`)).toBe("json_too_many_keys");
});

test("refuses a string longer than the limit, counted in bytes as sent", () => {
  expect(codeFor(`"${"é".repeat(50_000)}"`)).toBe("accepted");
  expect(codeFor(`"${"é".repeat(50_000)}x"`)).toBe("body_too_large");
});

test("looks as closely behind a long run of plain text as at its beginning", () => {
  const run = "x".repeat(200);
  const valid = `["${run}\\"${run}\\\\","${run}",{"${run}":1,"${run}y":2}]`;
  expect(read(valid)).toEqual(JSON.parse(valid));
  expect(codeFor(`["${run}\\ud800"]`)).toBe("json_text_refused");
  expect(codeFor(`["${run}\\x"]`)).toBe("json_invalid");
  expect(codeFor(`["${run}\\n${run}\\udc00${run}"]`)).toBe("json_text_refused");
  expect(codeFor(`{"${run}":1,"${run}":2}`)).toBe("json_duplicate_key");
});

test("says the byte offset and the JSON pointer of what it refuses", () => {
  expect(() => read('{"a":1,"b":{"x/y":[0,{"c":1,"c":2}]}}')).toThrow(
    expect.objectContaining({ hint: "a second key of this name at byte 28", place: "/b/x~1y/1/c" }),
  );
  expect(() => read("[1,2,tru]")).toThrow(expect.objectContaining({ hint: "an unknown word at byte 5", place: "/2" }));
});

test("says where a raw control character hides in a long string", () => {
  const text = `{"note":"\\"${"x".repeat(98)}\n"}`;
  expect(() => read(text)).toThrow(
    expect.objectContaining({ hint: "a raw control character in a string at byte 109", place: "/note" }),
  );
});

test("says where text stops being UTF-8", () => {
  expect(() => read(Buffer.from([0x5b, 0x22, 0x61, 0xff, 0x22, 0x5d]))).toThrow(
    expect.objectContaining({ hint: "not UTF-8 at byte 3" }),
  );
});

test.each([
  ['{"\\u0061":1}', true],
  ['[{"a":1},{"a":1,"\\u0062":2}]', true],
  ['{"a":{"\u20ac\\u0061":1}}', true],
  ['{"a":"\\u0062","b":["\\n"]}', false],
  ['[{"a":1},{"a":"\\\\"}]', false],
])("whether a name of %s may have an escape", (text, may) => {
  expect(scanJson(Buffer.from(text), limits).mayEscapeNames).toBe(may);
});
