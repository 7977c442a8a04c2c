import { csvLine } from "../../../gateway/lib/csv.ts";

test("quotes what RFC 4180 says, and ends the record with CRLF", () => {
  expect(csvLine(["crm/find", 'say "no"', "a,b", null, "", 1.5, -2])).toBe('crm/find,"say ""no""","a,b",,,1.5,-2\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "|calc", "\uff1d1"])("%j is no formula", (cell) => {
  expect(csvLine([cell])).toMatch(/^"?'/);
});

test("a part behind a semicolon is no formula either", () => {
  expect(csvLine(["x;=1+1; -2;y"])).toBe("\"x;'=1+1; '-2;y\"\r\n");
});

test("keeps a record on one line and shows hidden characters", () => {
  expect(csvLine(["a\r\nb\u202ec"])).toBe('"a⟦U+000D⟧⟦U+000A⟧b⟦U+202E⟧c"\r\n');
});
