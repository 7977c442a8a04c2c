import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownerProblems, unownedDependencies } from "./guards/owners.ts";
import { readTree, root } from "./guards/tree.ts";

const problemsOf = (path: string, text: string): string[] => ownerProblems([{ path, text }]);

test("every dependency of the gateway is used by its owner alone", () => {
  expect(ownerProblems(readTree())).toEqual([]);
});

test("every runtime dependency has an owner", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(unownedDependencies(manifest)).toEqual([]);
  expect(unownedDependencies({ dependencies: { express: "5.3.0", "left-pad": "1.3.0" } })).toEqual(["left-pad"]);
});

test.each([
  ["undici outside act/", "gateway/parse/a.ts", 'import { request } from "undici";', "imports undici"],
  ["a part of undici outside act/", "gateway/parse/a.ts", 'import x from "undici/lib/x.js";', "imports undici"],
  [
    "winston beside the logger",
    "gateway/record/metrics/metrics.ts",
    'import winston from "winston";',
    "imports winston",
  ],
  [
    "SQL outside store/",
    "gateway/approvals/a.ts",
    'import { DatabaseSync } from "node:sqlite";',
    "imports node:sqlite",
  ],
  ["a package without an owner", "gateway/act/a.ts", 'import x from "left-pad";', "has no owner"],
  ["the environment outside config/", "gateway/cli/a.ts", "const home = process.env.HOME;", "uses process.env"],
  ["the environment by brackets", "gateway/cli/a.ts", 'const home = process.env["HOME"];', "uses process.env"],
  ["the environment by import", "gateway/cli/a.ts", 'import { env } from "node:process";', "uses process.env"],
  ["the clock", "gateway/act/a.ts", "const now = Date.now();", "uses Date.now"],
  ["the clock as a function", "gateway/act/a.ts", "const clock = { now: Date.now };", "uses Date.now"],
  ["the clock by a new date", "gateway/act/a.ts", "const now = new Date();", "uses new Date()"],
  ["chance", "gateway/act/a.ts", 'import { randomBytes as r } from "node:crypto";', "uses randomBytes"],
  ["chance of the web", "gateway/act/a.ts", "const id = crypto.randomUUID();", "uses randomUUID"],
])("refuses %s", (_what, path, text, problem) => {
  expect(problemsOf(path, text)).toEqual([expect.stringContaining(problem)]);
});

test.each([
  ["undici in act/", "gateway/act/a.ts", 'import { Agent } from "undici";'],
  ["the environment in config/", "gateway/config/environment.ts", "export const home = process.env.HOME;"],
  ["a date that is told", "gateway/act/a.ts", "const then = new Date(0); const same = new Date(then);"],
  ["a word in a comment", "gateway/act/a.ts", "// never Date.now() here\nexport {};"],
])("allows %s", (_what, path, text) => {
  expect(problemsOf(path, text)).toEqual([]);
});
