import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { BundleFailure } from "../../../../gateway/bundles/failure.ts";
import { librarySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { foundIn, sarifText } from "../../../../gateway/cli/policy/sarif.ts";
import { inProcess } from "../run.ts";

let folder: string;
let config: string;
let report: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-sarif-"));
  mkdirSync(join(folder, "gate"));
  config = join(folder, "gate", "sallyport.yaml");
  report = join(folder, "policy.sarif");
  writeFileSync(report, "the report of before");
});
afterEach(() => rmSync(folder, { recursive: true }));

const fromHere = (file: string): string => relative(process.cwd(), file);

function placeOf(uri: string, startLine: number, startColumn: number): object {
  return { physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn } } };
}

function resultsOf(text: string): object[] {
  return (JSON.parse(text) as { runs: { results: object[] }[] }).runs.flatMap(({ results }) => results);
}

test("an option is named with the folder of its configuration, a file of a source with that of its source", () => {
  const generated = { kind: "generated", path: "adopted", files: [] } as const;
  const places = [
    { file: "sallyport.yaml", line: 7, column: 3, message: "policy.adopt[0].path: is not there" },
    { file: "library/sallyport/main/main.rego", line: 2, column: 1, message: "is wrong" },
  ];
  const text = sarifText(
    { list: [librarySource, generated], config },
    foundIn(new BundleFailure("compile", "", places)),
  );
  expect(resultsOf(text)).toMatchObject([
    { message: { text: "policy.adopt[0].path: is not there" }, locations: [placeOf(fromHere(config), 7, 3)] },
    { locations: [placeOf(fromHere(join(librarySource.path, "sallyport/main/main.rego")), 2, 1)] },
  ]);
});

test.each([
  ["as the source of its policy", []],
  ["beside a named source", ["library"]],
])("a configuration with mistakes is the report, %s, and not that of an earlier run", async (_how, sources) => {
  writeFileSync(config, "version: 1\nissuers: [{ id: dev, development: true }]\npolicy:\n  sorces: [library]\n");
  const done = await inProcess(["policy", "check", ...sources, "-c", config, "--sarif", report]);
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("policy.sorces: unknown option") });
  const found = { level: "error", message: { text: expect.stringContaining("policy.sorces: unknown option") } };
  expect(resultsOf(readFileSync(report, "utf8"))).toContainEqual({
    ruleId: "policy-check",
    ...found,
    locations: [placeOf(fromHere(config), 4, 3)],
  });
});

test("a source that is not there is the report, without a place, and not that of an earlier run", async () => {
  const done = await inProcess(["policy", "check", join(folder, "nowhere"), "--sarif", report]);
  expect([done.code, resultsOf(readFileSync(report, "utf8"))]).toEqual([
    2,
    [{ ruleId: "policy-check", level: "error", message: { text: expect.stringContaining("There is no folder or") } }],
  ]);
});
