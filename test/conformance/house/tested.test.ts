import { codeFrom, longFrom, testedProblems, untestedFiles } from "./guards/tested.ts";
import { readTree } from "./guards/tree.ts";

const long = (text: string): string => `${text}\n${"// one line\n".repeat(longFrom - 1)}`;
const lines = (count: number): string => `export function f(): void {\n${"  g();\n".repeat(count - 2)}}`;
const code = long(lines(codeFrom));
const source = (path: string, text = code) => ({ path: `gateway/${path}`, text });
const unitTest = (target: string) => ({
  path: "test/unit/act/a.test.ts",
  text: `import { f } from "../../../gateway/${target}";\n`,
});

test("every longer file of the gateway is imported by a unit test, but for as many as each room still may have", () => {
  expect(testedProblems(readTree())).toEqual([]);
});

test("names a file that no unit test imports, and counts it for its room", () => {
  const tree = [source("act/a.ts"), source("act/b.ts"), unitTest("act/a.ts")];
  expect(testedProblems(tree, {})).toEqual([
    "gateway/act has 1 longer files that no unit test imports, at most 0: gateway/act/b.ts",
  ]);
  expect(testedProblems(tree, { act: 1 })).toEqual([]);
  expect(testedProblems(tree, { parse: 1 })).toHaveLength(1);
});

test.each<[string, Parameters<typeof source>[1]]>([
  ["a short one", `${lines(codeFrom)}\n`],
  ["one with a line too few in functions", long(lines(codeFrom - 1))],
  ["one of types", long("export type F = () => number;\nexport interface G { f(): number }")],
])("asks for no test of %s", (_, text) => {
  expect(untestedFiles([source("act/a.ts", text)])).toEqual([]);
});

test.each<[string, string, string]>([
  ["a file of the same folder", "act/a.ts", "act/b.ts"],
  ["the file that stands for its folder", "act/b.ts", "act/b/c.ts"],
])("takes a test of %s for a test of what it imports", (_, tested, used) => {
  const specifier = used === "act/b.ts" ? "./b.ts" : "./b/c.ts";
  const door = source(tested, long(`import { f } from "${specifier}";\nexport const g = () => f();`));
  expect(untestedFiles([door, source(used), unitTest(tested)])).toEqual([]);
  const typesOnly = { ...door, text: door.text.replace("import {", "import type {") };
  expect(untestedFiles([typesOnly, source(used), unitTest(tested)])).toEqual([`gateway/${used}`]);
});

test("does not take a test of one room for a test of another one", () => {
  const door = source("act/a.ts", long('import { f } from "../parse/a.ts";\nexport const g = () => f();'));
  expect(untestedFiles([door, source("parse/a.ts"), unitTest("act/a.ts")])).toEqual(["gateway/parse/a.ts"]);
});
