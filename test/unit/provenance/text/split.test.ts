import { kindOf } from "../../../../gateway/provenance/trace/kinds.ts";
import { splitValues } from "../../../../gateway/provenance/text/split.ts";

test.each([
  ["a@x.example, b@y.example", ["a@x.example", "b@y.example"]],
  ["['a@x.example', 'b@y.example']", ["a@x.example", "b@y.example"]],
  ['["a@x.example", 17]', ["a@x.example", "17"]],
  ['{"to": ["a", {"b": "c"}]}', ["a", "c"]],
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
