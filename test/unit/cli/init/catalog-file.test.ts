/** Where `tools import` adds lines to a catalog, and which catalogs it leaves alone. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCatalogFile, toolsIn } from "../../../../gateway/cli/init/catalog-file.ts";
import { inProcess } from "../run.ts";

let dir: string;
const at = (name: string): string => join(dir, name);
const catalog = (name: string): string => at(`policy/sallyport/catalog/${name}`);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-catalog-"));
  writeFileSync(at("sallyport.yaml"), "version: 1\npolicy: { sources: [library, ./policy] }\n");
  const paths = "paths: { /b: { get: { operationId: b, responses: {} } } }";
  writeFileSync(at("api.yaml"), `openapi: 3.1.0\ninfo: { title: Billing API, version: "1" }\n${paths}\n`);
});
beforeEach(() => {
  rmSync(at("policy"), { recursive: true, force: true });
  mkdirSync(catalog(""), { recursive: true });
});
afterAll(() => rmSync(dir, { recursive: true }));

const imported = (...more: string[]) =>
  inProcess(["tools", "import", "--openapi", at("api.yaml"), "-c", at("sallyport.yaml"), ...more]);
/** The line that is added, without its blanks. */
const line = "b: { sensitivity: low, reversible: true, mutates: false, sink: internal } # inferred: check\n";

test.each([
  ["in a file that is not there", null, `billing:\n  ${line}`],
  ["in an empty file", "", `billing:\n  ${line}`],
  ["in a file of comments without a last newline", "# mine", `# mine\nbilling:\n  ${line}`],
  ["in an empty mapping", "# mine\n{} # none\n", `# mine\nbilling:\n  ${line} # none\n`],
  ["in an empty mapping behind a mark", "--- {}\n...\n", `--- \nbilling:\n  ${line}...\n`],
  ["under a key in quotes", '"billing":\n  a: {}\n', `"billing":\n  a: {}\n  ${line}`],
  ["under a key without tools", "billing: # mine\nmail: {}\n", `billing: # mine\n  ${line}mail: {}\n`],
  ["by the blanks that are there", "billing:\n    a: {}\n", `billing:\n    a: {}\n    ${line}`],
  ["by one blank", "mail:\n a: {}\nbilling:\n a: {}", `mail:\n a: {}\nbilling:\n a: {}\n ${line}`],
  ["in a mapping that is indented", "  mail:\n    a: {}\n", `  mail:\n    a: {}\n  billing:\n    ${line}`],
  [
    "before the mark of the end",
    "mail:\n  a: {}\n\n# last\n...\n",
    `mail:\n  a: {}\n\n# last\nbilling:\n  ${line}...\n`,
  ],
  ["behind facts of several lines", "billing:\n  a: {\n    }\nx: {}\n", `billing:\n  a: {\n    }\n  ${line}x: {}\n`],
  [
    "between the comments of a section and the comment of the next",
    "billing:\n  a: {} # mine\n  # b is missing\n\n# about mail\nmail:\n  a: {}\n",
    `billing:\n  a: {} # mine\n  # b is missing\n  ${line}\n# about mail\nmail:\n  a: {}\n`,
  ],
])("adds the lines %s", async (_where, before, after) => {
  if (before !== null) writeFileSync(catalog("data.yaml"), before);
  expect(await imported()).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(catalog("data.yaml"), "utf8")).toBe(after);
  expect(await imported("--dry-run")).toMatchObject({ code: 0, stdout: expect.stringContaining("has every tool") });
});

test("adds the lines to the file of YAML that is there, whatever it is called", async () => {
  writeFileSync(catalog("data.yml"), "billing:\n  a: {}\n");
  expect(await imported()).toMatchObject({ code: 0 });
  expect(readFileSync(catalog("data.yml"), "utf8")).toBe(`billing:\n  a: {}\n  ${line}`);
  expect(existsSync(catalog("data.yaml"))).toBe(false);
});

test.each([
  [
    "braces around all servers",
    "data.yaml",
    '# mine\n{"billing": {"a": {}}}\n',
    /yaml:2: write each server with one line/,
  ],
  ["braces around the tools", "data.yaml", "mail: {}\nbilling: { a: {} }\n", /yaml:2: write billing with one line/],
  ["no mapping under the server", "data.yaml", "billing: none\n", /yaml:1: write billing with one line/],
  ["another server's tools", "data.yaml", "mail: &m\n  a: {}\nbilling: *m\n", /yaml:3: write billing with one line/],
  ["tools from a merged mapping", "data.yaml", "m: &m { billing: { a: {} } }\n<<: *m\n", /yaml: write billing with/],
  ["JSON", "data.json", '{"billing": {"a": {}}}', /json: lines are added to YAML alone: write data.yaml/],
  ["JSON without the server", "data.json", "{}", /json: lines are added to YAML alone/],
  ["no mapping", "data.yaml", "- billing\n", /yaml:1: expected a mapping/],
  ["two documents", "data.yaml", "a: {}\n---\nb: {}\n", /yaml:2: /],
])("leaves a catalog alone that has %s, and says why", async (_what, name, before, message) => {
  writeFileSync(catalog(name), before);
  expect(await imported()).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(message) });
  expect(readFileSync(catalog(name), "utf8")).toBe(before);
  expect([existsSync(catalog("data.yaml")), existsSync(catalog("data.json"))]).toEqual([
    name === "data.yaml",
    name === "data.json",
  ]);
});

test("finds the tools of a server, also those of a merged mapping, and none of a server that is not there", () => {
  writeFileSync(catalog("data.yaml"), "billing: &b { a: {} }\nmail: { <<: *b, c: {} }\nnone:\n");
  const file = readCatalogFile(catalog("data.yaml"));
  const found = ["billing", "mail", "none", "toString"].map((server) => [...toolsIn(file, server)]);
  expect(found).toEqual([["a"], ["a", "c"], [], []]);
});
