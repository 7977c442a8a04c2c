import { roomProblems, rooms, tableProblems } from "./guards/rooms.ts";
import { readTree } from "./guards/tree.ts";

const problemsOf = (path: string, text: string): string[] => roomProblems([{ path, text }]);

test("every import of the gateway is one that the table of rooms declares", () => {
  expect(roomProblems(readTree())).toEqual([]);
});

test("every arrow of the table leads down and is used", () => {
  expect(tableProblems(readTree())).toEqual([]);
});

test("a table with an arrow that leads up, or that nothing uses, is refused", () => {
  const [parse, store] = ["parse", "store"].map((name) => ({ name, holds: "x" }));
  const table = [
    { ...parse!, uses: { store: "why" } },
    { ...store!, uses: { parse: "why" } },
  ];
  expect(tableProblems([], table)).toEqual([
    "parse → store is declared, and nothing uses it",
    "store → parse does not lead down",
  ]);
});

test("every arrow has its reason", () => {
  const reasons = rooms.flatMap(({ holds, uses }) => [holds, ...Object.values(uses)]);
  expect(reasons.filter((reason) => reason.length < 10)).toEqual([]);
});

test.each([
  ["a room", "gateway/parse/a.ts", 'import { b } from "../act/b.ts";', "parse → act is not declared"],
  ["a type of a room", "gateway/parse/a.ts", 'import type { B } from "../act/b.ts";', "parse → act is not declared"],
  ["a room at run time", "gateway/parse/a.ts", 'const b = await import("../act/b.ts");', "parse → act is not declared"],
  ["a type in passing", "gateway/parse/a.ts", 'let b: import("../act/b.ts").B;', "parse → act is not declared"],
  ["a re-exported room", "gateway/parse/a.ts", 'export * from "../act/b.ts";', "parse → act is not declared"],
  ["the path above", "gateway/parse/a.ts", 'import "../pipeline/enforce.ts";', "parse → pipeline is not declared"],
  ["the wiring", "gateway/pipeline/a.ts", 'import "../compose/a.ts";', "pipeline → compose is not declared"],
  ["a room from the words", "gateway/domain/a.ts", 'import "../parse/a.ts";', "domain → parse is not declared"],
  ["a word from lib/", "gateway/lib/a.ts", 'import type { B } from "../domain/b.ts";', "lib → domain is not declared"],
  ["a package in the words", "gateway/domain/a.ts", 'import { z } from "zod";', "imports nothing but itself"],
  ["Node's I/O in the words", "gateway/domain/a.ts", 'import { readFileSync } from "node:fs";', "imports nothing but"],
  ["chance in the words", "gateway/domain/a.ts", 'import { hash, randomUUID } from "node:crypto";', "nothing but"],
  ["the demo", "gateway/listener/app.ts", 'import "../../demo/main.ts";', "is in no room of the gateway"],
  ["a folder that is no room", "gateway/utils/a.ts", 'import "./b.ts";', "is in no room"],
  ["a file beside main.ts", "gateway/extra.ts", 'import "./main.ts";', "is in no room"],
  ["a computed import", "gateway/parse/a.ts", "await import(`../${room}/b.ts`);", "imports <computed>"],
  [
    "the gateway's code in the console",
    "console/src/a.ts",
    'import { x } from "../../gateway/domain/x.ts";',
    "only its",
  ],
])("refuses %s", (_what, path, text, problem) => {
  expect(problemsOf(path, text)).toEqual([expect.stringContaining(problem)]);
});

test.each([
  ["its own room", "gateway/parse/http/a.ts", 'import { b } from "../json/b.ts";'],
  ["general helpers", "gateway/parse/a.ts", 'import { b } from "../lib/b.ts";'],
  ["the words", "gateway/parse/a.ts", 'import type { B } from "../domain/b.ts";'],
  ["a declared room", "gateway/tasks/a.ts", 'import { b } from "../act/b.ts";'],
  ["everything from the wiring", "gateway/compose/a.ts", 'import "../parse/a.ts"; import "../pipeline/enforce.ts";'],
  ["types of Node in the words", "gateway/domain/a.ts", 'import type { IncomingMessage } from "node:http";'],
  ["a pure function of Node in the words", "gateway/domain/a.ts", 'import { hash } from "node:crypto";'],
])("allows %s", (_what, path, text) => {
  expect(problemsOf(path, text)).toEqual([]);
});
