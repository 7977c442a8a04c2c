import { readFileSync } from "node:fs";
import { errorCatalogue } from "../../../gateway/domain/errors.ts";
import { catalogueProblems } from "./guards/catalogue.ts";

const pinned = JSON.parse(readFileSync(new URL("error-catalogue.json", import.meta.url), "utf8"));
const ok = { gone: { status: 410, sentence: "It is gone." } };

test("the error catalogue is the pinned one", () => {
  expect(catalogueProblems(errorCatalogue, pinned)).toEqual([]);
});

test("refuses a code that was taken away, added, or given another status", () => {
  expect(catalogueProblems(ok, { gone: 410 })).toEqual([]);
  expect(catalogueProblems(ok, { gone: 404 })).toEqual(["gone has status 410, pinned is 404"]);
  expect(catalogueProblems(ok, {})).toEqual([expect.stringContaining("gone (410) is new")]);
  expect(catalogueProblems({}, { gone: 410 })).toEqual([expect.stringContaining("no longer in the catalogue")]);
});

test.each([
  ["a code in another case", "Gone", 410, "It is gone."],
  ["no status", "gone", 0, "It is gone."],
  ["half a sentence", "gone", 410, "it is gone"],
])("refuses an entry with %s", (_what, code, status, sentence) => {
  expect(catalogueProblems({ [code]: { status, sentence } }, { [code]: status })).toHaveLength(1);
});
