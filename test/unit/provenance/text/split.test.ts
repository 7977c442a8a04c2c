import { kindOf } from "../../../../gateway/provenance/trace/kinds.ts";
import { isListOfLines, listedIn, splitValues } from "../../../../gateway/provenance/text/split.ts";

test.each([
  ["a@x.example, b@y.example", ["a@x.example", "b@y.example"]],
  ["['a@x.example', 'b@y.example']", ["a@x.example", "b@y.example"]],
  ['["a@x.example", 17]', ["a@x.example", "17"]],
  ['{"to": ["a", {"b": "c"}]}', ["a", "c"]],
  ['{"eve@evil.example": "Ann"}', ["eve@evil.example", "Ann"]],
  ['{"to":"eve@evil.example","to":"Ann"}', ['to":"eve@evil.example', 'to":"Ann']],
  ["a; b\nc", ["a", "b", "c"]],
  ['"Byron, Ada" <a@x.example>, b@y.example', ['"Byron, Ada" <a@x.example>', "b@y.example"]],
  ["one value", ["one value"]],
  ["", [""]],
  [",;", [",;"]],
  ['"open, quote', ['"open', "quote"]],
])("splits %j into %j", (text, values) => {
  expect(splitValues(text)).toEqual(values);
});

test("leaves a text alone that is too long, or holds too many values", () => {
  for (const text of ["a,".repeat(129), `${"x".repeat(9_000)},y`]) expect(splitValues(text)).toEqual([text]);
});

test.each([
  ["2026-05-04", "date"],
  ["1,204.50", "number"],
  ["/reports/out.csv", "path"],
  ["./a b", "path"],
  ["~/notes", "path"],
  ["C:\\temp\\x", "path"],
  ["reports/summary.md", "path"],
  ["summary.pdf", "name"],
  ["evil.sh", "name"],
  ["/\\evil.example\\share\\x", "name"],
  ["file:////evil.example/share/x", "name"],
  ["Marketing 2024", "name"],
  ["March 2024", "date"],
  ["owner/repository", "name"],
  ["/dev/tcp/10.0.0.1/80", "name"],
  ["\\\\host\\share", "name"],
  ["Ada Byron", "name"],
])("takes %j for a %s", (text, kind) => {
  expect(kindOf(text, 2)).toBe(kind);
});

test("takes what has more than 15 words for a text", () => {
  expect(kindOf("and so on", 16)).toBe("text");
});

test.each([
  ["Fred Miller\nAnna Bell\nBob Hart", true],
  ["  ann@x.example\r\n\n#general\n@o.meara ", true],
  ["Swimwear\n- sun cream\n- a hat", false],
  ["qty: 3\nsize: 4", false],
  ["one line", false],
  ["the meeting is moved\nto Friday", false],
  ["ab\n".repeat(700), false],
])("says of %j that it is a list of one name a line: %j", (text, expected) => {
  expect(isListOfLines(text)).toBe(expected);
});

test("takes a list of short values apart, and no sentence or text", () => {
  expect(listedIn("Fred Miller\nAnna Bell\nBob Hart", true)).toEqual(["Fred Miller", "Anna Bell", "Bob Hart"]);
  expect(listedIn("Fred Miller, Anna Bell", false)).toEqual(["Fred Miller", "Anna Bell"]);
  for (const [text, isText] of [
    ["Fred Miller, Anna Bell", true],
    ["please tell me today, Anna", false],
    ["alpha", false],
    [`${"word, ".repeat(60)}`, false],
  ] as const)
    expect(listedIn(text, isText)).toEqual([]);
});
