import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { complianceProblems, compliancePage, complianceSchema } from "./guards/compliance.ts";
import { manifestSchema } from "./guards/requirements.ts";
import { root } from "./guards/tree.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const compliance = complianceSchema.parse(parse(read("docs/compliance.yaml")));
const manifest = manifestSchema.parse(parse(read("test/conformance/requirements.yaml")));
const row = { id: "A.1", name: "a control", status: "enforced", how: "It is refused.", proof: ["a.b"] };
const mapOf = (...rows: object[]) => ({ frameworks: [{ title: "T", version: "1", rows }] });
const proven = { requirements: [{ id: "a.b", says: "holds what it promises", test: "test/a.test.ts", name: "b" }] };

test("every control names proofs that exist", () => {
  expect(complianceProblems(compliance, manifest)).toEqual([]);
});

test("docs/compliance.md has the tables of docs/compliance.yaml", () => {
  const page = read("docs/compliance.md");
  /** Prettier pads the cells of a table. */
  const unpadded = (text: string): string => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
  expect(unpadded(compliancePage(page, compliance, manifest))).toBe(unpadded(page));
});

test.each([
  ["an enforced control without a proof", { ...row, proof: undefined }],
  ["a supported control that leaves nothing to the site", { ...row, status: "supported" }],
  ["a control that is not covered and has a proof", { ...row, status: "not covered" }],
  ["another status", { ...row, status: "compliant" }],
])("refuses %s", (_what, given) => {
  expect(complianceSchema.safeParse(mapOf(given)).success).toBe(false);
});

test("names a proof that is nowhere or only planned, and a control that is there twice", () => {
  const given = complianceSchema.parse(mapOf(row, row));
  expect(complianceProblems(given, proven)).toEqual(["T: A.1 is there twice"]);
  const planned = { requirements: [{ id: "a.b", says: "holds what it promises", planned: "later" }] };
  expect(complianceProblems(complianceSchema.parse(mapOf(row)), planned)).toEqual(["T: A.1: nothing proves a.b"]);
});
