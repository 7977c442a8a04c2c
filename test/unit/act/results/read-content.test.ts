import {
  mediaType,
  readAnswerJson,
  readContent,
  readJsonToRemember,
} from "../../../../gateway/act/results/read-content.ts";

const read = (text: string | Buffer, type: string) => readContent(Buffer.from(text), type);
const unreadable = expect.objectContaining({ code: "result_unreadable" });

test.each([
  ["application/json", '{"a":1}', "json"],
  ["application/json; charset=utf-8", '{"a":1}', "json"],
  ["application/problem+json", "[]", "json"],
  ["text/plain", "a", "text"],
  ['text/html; charset="utf-8"', "<p>", "text"],
  ["application/xml", "<a/>", "text"],
  ["image/svg+xml", "<svg/>", "other"],
  ["text/json", "{}", "json"],
  ["image/svg+json", "{}", "json"],
  ["image/png", "a", "other"],
  ["", "a", "other"],
])("reads %s", (type, text, kind) => {
  expect(read(text, type).kind).toBe(kind);
});

const inCase = "a key that some parsers take for an earlier one, which differs in case or Unicode form alone";

test.each([
  ["a byte order mark", Buffer.from("\ufeff{}"), "json_text_refused: a byte order mark at byte 0"],
  ["two keys of one name", '{"a":1,"a":2}', "json_duplicate_key: a second key of this name at byte 7"],
  ["two keys that some readers take for one", '{"Role":1,"role":2}', `json_key_refused: ${inCase} at byte 10`],
  ["a key that reaches a prototype", '{"__proto__":1}', "json_key_refused: a key that touches prototypes at byte 1"],
  ["something behind the end", "{}{}", "json_invalid: something after the end at byte 2"],
  ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "json_text_refused: not UTF-8 at byte 1"],
  ["a raw line break in a text", '"a\nb"', "json_invalid: a raw control character in a string at byte 2"],
  ["depth", "[".repeat(100) + "]".repeat(100), "json_too_deep: more than 64 levels at byte 64"],
  ["no JSON", "<html>", "json_invalid: an unexpected character at byte 0"],
])("does not read JSON with %s, and says what and where, without the text", (_what, text, detail) => {
  expect(() => read(text, "application/json")).toThrow(expect.objectContaining({ code: "result_unreadable", detail }));
});

test("numbers have any size and keep their digits", () => {
  const text = '{"n":[12345678901234567890,1e400,0.10,-0,9007199254740993]}';
  expect(JSON.stringify(readAnswerJson(Buffer.from(text)))).toBe(text);
});

test.each(["utf-16", "iso-8859-1", "utf-7"])("does not read the charset %s", (charset) => {
  const type = `text/plain; charset=${charset}`;
  const detail = `a charset other than UTF-8: content type ${type}`;
  expect(() => read("a", type)).toThrow(expect.objectContaining({ code: "result_unreadable", detail }));
});

test("does not read text that is not UTF-8", () => {
  expect(() => read(Buffer.from([0xff]), "text/plain")).toThrow(unreadable);
});

test.each([
  ["UTF-16 without a mark", Buffer.from("eve", "utf16le"), "text/plain"],
  ["XML in UTF-7", '<?xml version="1.0" encoding="UTF-7"?><a>+AEA-</a>', "application/xml"],
  ["HTML in UTF-16", "<html><head><meta charset=utf-16></head>", "text/html"],
])("does not read text that some readers decode in another way: %s", (_what, text, type) => {
  expect(() => read(text, type)).toThrow(unreadable);
});

test.each([
  ['<?xml version="1.0" encoding="UTF-8"?><a/>', "application/xml"],
  ["<html><head><meta charset=utf-8></head>", "text/html"],
  ["use encoding=latin1 for old files", "text/plain"],
])("reads text that names the encoding that it has, and text about encodings: %s", (text, type) => {
  expect(read(text, type)).toEqual({ kind: "text", value: text });
});

test("a media type is without parameters, in lower case", () => {
  expect(mediaType("Text/HTML ; charset=utf-8")).toBe("text/html");
});

test("what is only remembered is read as strictly, and keeps numbers that no double holds", () => {
  const read = (text: string) => readJsonToRemember(Buffer.from(text));
  expect(read('{"a":1.50,"b":[1]}')).toEqual({ a: 1.5, b: [1] });
  expect(JSON.stringify(read('{"n":12345678901234567890}'))).toBe('{"n":12345678901234567890}');
  expect(() => read('{"a":1,"a":2}')).toThrow(expect.objectContaining({ code: "result_unreadable" }));
});
