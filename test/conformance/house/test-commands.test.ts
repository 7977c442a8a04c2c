/** `npm test` and `npm run test:long` together run every test once. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative, sep } from "node:path";
import { readTree, root, type SourceFile } from "./guards/tree.ts";

function filesOf(config: string): string[] {
  const jest = join(root, "node_modules", "jest", "bin", "jest.js");
  const printed = execFileSync(process.execPath, [jest, "--config", config, "--listTests"], { cwd: root });
  const paths = printed.toString().trim().split("\n");
  return paths.map((path) => relative(root, path).split(sep).join("/")).sort();
}

const text = (path: string): string => readFileSync(join(root, path), "utf8");
/** Also files that look like tests and that jest would not find. */
const isTest = ({ path, text }: SourceFile): boolean =>
  /\.(test|spec)\.[cm]?[jt]sx?$/.test(path) ||
  (/^test\/.*\.tsx?$/.test(path) && /^(describe|it|test)(\.\w+)*\(/m.test(text));

test("every file of tests is run by one of the two commands, and none by both", () => {
  const short = filesOf("jest.config.mjs");
  const long = filesOf("jest.long.config.mjs");
  const files = readTree()
    .filter(isTest)
    .map(({ path }) => path)
    .sort();
  expect([...short, ...long].sort()).toEqual(files);
  expect(long).toEqual(files.filter((path) => path.endsWith(".long.test.ts")));
});

test("CI runs both commands", () => {
  const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
  expect(scripts["test"]).toMatch(/ scripts\/run-tests\.mjs$/);
  expect(scripts["test:long"]).toMatch(/ scripts\/run-tests\.mjs --long$/);
  expect(text(".ci/run")).toMatch(
    /^COUNTS_FILE=\S+ npm test --silent .*\n.* npm run test:long --silent .*\n.* npm run check /m,
  );
});

test.each([
  ["fails for tests that cannot run here", undefined, "true"],
  ["skips them when it is told to", "false", "false"],
])("CI %s", (_what, given, told) => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-ci-"));
  try {
    writeFileSync(join(folder, "npm"), '#!/bin/sh\necho "CI=$CI"\n', { mode: 0o755 });
    const { CI: _ci, PATH, ...others } = process.env;
    const env = { ...others, PATH: `${folder}${delimiter}${PATH}`, ...(given === undefined ? {} : { CI: given }) };
    const { stdout } = spawnSync("bash", [join(root, ".ci", "run")], { env, encoding: "utf8" });
    expect(stdout.split("\n").filter((line) => line.startsWith("CI="))).toEqual(Array(3).fill(`CI=${told}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
