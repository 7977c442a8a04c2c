import { limits, sizeProblems } from "./guards/sizes.ts";
import { readTree } from "./guards/tree.ts";

const lines = (count: number, line = "export {};"): string =>
  `${Array.from({ length: count }, () => line).join("\n")}\n`;

test("files and functions are short", () => {
  expect(sizeProblems(readTree())).toEqual([]);
});

test("refuses a file one line over the limit and allows one at it", () => {
  expect(sizeProblems([{ path: "demo/a.ts", text: lines(limits.file) }])).toEqual([]);
  expect(sizeProblems([{ path: "demo/a.ts", text: lines(limits.file + 1) }])).toEqual([
    "demo/a.ts has 301 lines, at most 300",
  ]);
});

test.each([
  ["function", (body: string) => `export function f(): void {\n${body}}\n`],
  ["method", (body: string) => `export class A { f(): void {\n${body}} }\n`],
  ["arrow function", (body: string) => `export const f = (): void => {\n${body}};\n`],
])("refuses a %s one line over the limit and allows one at it", (_what, write) => {
  const at = write(lines(limits.function - 2, "  g();"));
  const over = write(lines(limits.function - 1, "  g();"));
  expect(sizeProblems([{ path: "gateway/act/a.ts", text: at }])).toEqual([]);
  expect(sizeProblems([{ path: "gateway/act/a.ts", text: over }])).toEqual([
    expect.stringContaining("a function of 41 lines"),
  ]);
});

test("refuses a gateway whose middle file is long", () => {
  const long = { path: "gateway/act/a.ts", text: lines(limits.gatewayMedian + 1) };
  expect(sizeProblems([long])).toEqual([expect.stringContaining(`a median of ${limits.gatewayMedian + 1} lines`)]);
});
