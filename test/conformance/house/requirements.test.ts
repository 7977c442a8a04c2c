import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { judgeRequirements, manifestSchema } from "./guards/requirements.ts";
import { readTree } from "./guards/tree.ts";

const manifest = manifestSchema.parse(parse(readFileSync(new URL("../requirements.yaml", import.meta.url), "utf8")));
const says = "holds what it promises";
const judged = (entry: object, text: string) =>
  judgeRequirements({ requirements: [{ id: "a", says, test: "test/a.test.ts", name: "b", ...entry }] }, [
    { path: "test/a.test.ts", text },
  ]);

test("every requirement names a test that exists", () => {
  const verdict = judgeRequirements(manifest, readTree());
  const open = verdict.planned.map((line) => `\n  planned  ${line}`).join("");
  process.stderr.write(`requirements: ${verdict.proven} proven, ${verdict.planned.length} planned${open}\n`);
  expect(verdict.problems).toEqual([]);
});

test("no requirement is only planned where it counts", () => {
  const planned = process.env["CI"] === "true" ? judgeRequirements(manifest, readTree()).planned : [];
  expect(planned).toEqual([]);
});

test.each([
  ["it", 'it("b", () => {});'],
  ["test", 'test("b", async () => {});'],
  ["a table", 'test.each([1, 2])("b", () => {});'],
  ["a tagged table", 'it.each`x`("b", () => {});'],
])("counts a requirement proven by %s", (_what, text) => {
  expect(judged({}, text)).toEqual({ proven: 1, planned: [], problems: [] });
});

test.each([
  ["another name", 'it("c", () => {});'],
  ["a skipped test", 'it.skip("b", () => {});'],
  ["a skipped table", 'it.skip.each([1])("b", () => {});'],
  ["a test yet to write", 'test.todo("b");'],
  ["a group of that name", 'describe("b", () => {});'],
  ["a comment", '// it("b")'],
])("refuses a requirement that points to %s", (_what, text) => {
  expect(judged({}, text).problems).toEqual(['a: test/a.test.ts has no test named "b"']);
});

test("refuses a requirement whose file is missing or whose id is there twice", () => {
  const entry = { id: "a", says, test: "test/gone.test.ts", name: "b" };
  expect(judgeRequirements({ requirements: [entry, entry] }, []).problems).toHaveLength(3);
});

test("counts a policy test as proof", () => {
  const entry = { id: "a", says, test: "rego/a_test.rego", name: "test_b" };
  const file = { path: "rego/a_test.rego", text: "package a\n\ntest_b if {\n\ttrue\n}\n" };
  expect(judgeRequirements({ requirements: [entry] }, [file]).proven).toBe(1);
});

test("counts and lists a planned requirement without taking it for proven", () => {
  expect(judgeRequirements({ requirements: [{ id: "a", says, planned: "part 3" }] }, [])).toEqual({
    proven: 0,
    planned: [`a: ${says}`],
    problems: [],
  });
});
