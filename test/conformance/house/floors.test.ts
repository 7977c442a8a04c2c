import { floorProblems } from "./guards/floors.ts";
import { readTree } from "./guards/tree.ts";

const problemsOf = (path: string, text: string): string[] => floorProblems([{ path, text }]);

test("every import of the gateway goes down or stays in its room", () => {
  expect(floorProblems(readTree())).toEqual([]);
});

test.each([
  ["a neighbour", "gateway/parse/a.ts", 'import { b } from "../act/b.ts";', "imports its neighbour gateway/act/b.ts"],
  ["a type of a neighbour", "gateway/parse/a.ts", 'import type { B } from "../act/b.ts";', "imports its neighbour"],
  ["a neighbour at run time", "gateway/parse/a.ts", 'const b = await import("../act/b.ts");', "imports its neighbour"],
  ["a neighbour's type in passing", "gateway/parse/a.ts", 'let b: import("../act/b.ts").B;', "imports its neighbour"],
  ["a re-exported neighbour", "gateway/parse/a.ts", 'export * from "../act/b.ts";', "imports its neighbour"],
  ["the path above", "gateway/parse/a.ts", 'import "../enforce.ts";', "from a floor above"],
  ["the wiring from the path", "gateway/enforce.ts", 'import "./compose.ts";', "from a floor above"],
  ["a room from the words", "gateway/domain/a.ts", 'import "../parse/a.ts";', "from a floor above"],
  [
    "a word from the general helpers",
    "gateway/lib/a.ts",
    'import type { B } from "../domain/b.ts";',
    "from a floor above",
  ],
  ["a package in the words", "gateway/domain/a.ts", 'import { z } from "zod";', "imports nothing but itself"],
  ["Node's I/O in the words", "gateway/domain/a.ts", 'import { readFileSync } from "node:fs";', "imports nothing but"],
  [
    "chance in the words",
    "gateway/domain/a.ts",
    'import { hash, randomUUID } from "node:crypto";',
    "imports nothing but",
  ],
  ["the demo", "gateway/app.ts", 'import "../demo/main.ts";', "not part of the gateway"],
  ["a folder without a floor", "gateway/utils/a.ts", 'import "./b.ts";', "has no floor"],
  ["a computed import", "gateway/parse/a.ts", "await import(`../${room}/b.ts`);", "imports <computed>"],
  [
    "the gateway's code in the console",
    "console/src/a.ts",
    'import { x } from "../../gateway/domain/x.ts";',
    "only its types",
  ],
])("refuses %s", (_what, path, text, problem) => {
  expect(problemsOf(path, text)).toEqual([expect.stringContaining(problem)]);
});

test.each([
  ["its own room", "gateway/parse/http/a.ts", 'import { b } from "../json/b.ts";'],
  ["general helpers", "gateway/parse/a.ts", 'import { b } from "../lib/b.ts";'],
  ["the words", "gateway/parse/a.ts", 'import type { B } from "../domain/b.ts";'],
  [
    "everything from the wiring",
    "gateway/compose.ts",
    'import "./parse/a.ts"; import "./enforce.ts"; import "./cli/serve.ts";',
  ],
  ["types of Node in the words", "gateway/domain/a.ts", 'import type { IncomingMessage } from "node:http";'],
  ["a pure function of Node in the words", "gateway/domain/a.ts", 'import { hash } from "node:crypto";'],
])("allows %s", (_what, path, text) => {
  expect(problemsOf(path, text)).toEqual([]);
});
