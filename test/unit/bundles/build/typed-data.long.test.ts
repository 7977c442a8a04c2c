import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { runOpa } from "../../../../gateway/bundles/build/opa.ts";
import { withTypedData } from "../../../../gateway/bundles/build/typed-data.ts";
import { writeSources } from "../../../../gateway/bundles/build/write-sources.ts";
import { readSources, type SourceFile } from "../../../../gateway/bundles/sources.ts";
import { library } from "../../../support/policy-copy.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;
let files: readonly SourceFile[];
let round = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-typed-"));
  ({ files } = await readSources(library));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rego = (path: string, text: string): SourceFile => ({ path, bytes: Buffer.from(text) });

/** The first mistake that OPA finds with the schemas of the library, without its place; null for none. */
async function mistake(checked: readonly SourceFile[]): Promise<string | null> {
  const workspace = join(folder, `round-${(round += 1)}`);
  await writeSources(files, workspace);
  const archive = join(workspace, "checked.tar.gz");
  await packEntries(
    checked.map(({ path, bytes }) => ({ header: { name: `/${path}` }, bytes })),
    archive,
  );
  return runOpa(opa, ["check", "--bundle", "--schema", "./schemas", archive], workspace, "compile").then(
    () => null,
    (error: Error) => /rego_\w+: [^\n]+/.exec(error.message)?.[0] ?? error.message,
  );
}

const home = "package sallyport.rules.bench.a";
test.each([
  ["a field of the input that there is not", `${home}\n\ndeny contains 1 if input.resource.nofield\n`],
  ["a field of the input of another kind", `${home}\n\ndeny contains 1 if input.resource.id == 3\n`],
  ["a document as a number", `${home}\n\ndeny contains 1 if data.sallyport.site == 3\n`],
  ["a field of a document behind a name", `${home}\n\ndeny contains 1 if {\n\tc := data.sallyport.site\n\tc.nope\n}\n`],
  ["a field of a document", `${home}\n\ndeny contains 1 if data.sallyport.site.nope\n`],
  ["a fact of a tool that there is not", `${home}\n\ndeny contains 1 if data.sallyport.catalog.a.b.returns.nofield\n`],
  ["a fact of every tool", `${home}\n\ndeny contains 1 if {\n\tsome s, t\n\tdata.sallyport.catalog[s][t].nofield\n}\n`],
  ["a bound as a text", `${home}\n\ndeny contains 1 if startswith(data.sallyport.limits.a.b.c.max, "x")\n`],
  ["a document that there is not", `${home}\n\ndeny contains 1 if data.sallyport.sitex\n`],
  ["a rule of another package", `${home}\n\ndeny contains 1 if data.sallyport.reason.nope\n`],
  ["a member of any document", `${home}\n\ndeny contains 1 if data.sallyport[_].nope\n`],
  [
    "a document that is replaced",
    `${home}\n\ndeny contains 1 if data.sallyport.site.inside == 1 with data.sallyport.site as {}\n`,
  ],
  [
    "a field behind a rule of its own",
    `${home}\n\n_rights := data.sallyport.entitlements\n\ndeny contains 1 if _rights == "all"\n`,
  ],
  [
    "a field in a function",
    `${home}\n\n_inside(site) := site.insides\n\ndeny contains 1 if _inside(data.sallyport.site)\n`,
  ],
  [
    "a field in a comprehension",
    `${home}\n\ndeny contains {x | some x in data.sallyport.site.inside; x > 1; x == true}\n`,
  ],
  ["nothing wrong", `${home}\n\ndeny contains 1 if input.resource.id in data.sallyport.site.inside\n`],
])("OPA says of %s the same with rules in place of data", async (_what, text) => {
  const edited = [...files, rego("sallyport/rules/bench/a/a.rego", text)];
  const typed = withTypedData(edited) ?? [];
  expect(typed.length).toBeGreaterThan(0);
  expect(await mistake(typed)).toEqual(await mistake(edited));
});

test("a module keeps its number of lines", () => {
  const lines = ({ bytes }: SourceFile): number => bytes.toString("utf8").split("\n").length;
  const root = (all: readonly SourceFile[] | null): SourceFile | undefined =>
    all?.find(({ path }) => path === "sallyport/sallyport.rego");
  const [before, after] = [root(files), root(withTypedData(files))].map((file) => lines(file as SourceFile));
  expect(after).toBe(before);
});

test.each([
  ["an empty line and a comment", "\n\n# A comment.\n"],
  ["ends of lines as Windows has them", "\r\n\r\n# A comment.\r\n"],
])("a module keeps its lines with %s behind a binding", (_what, behind) => {
  const text = `# METADATA\n# schemas:\n#   - data.acme.x: schema.x${behind}package acme.rules\n`;
  const [module] = withTypedData([rego("acme/acme.rego", text)]) ?? [];
  const [before, after] = [text, module?.bytes.toString("utf8")].map((one) => one?.split(/\r?\n/));
  expect(after).toEqual(before?.with(2, "#"));
});

const bound = (...lines: readonly string[]): string =>
  `# METADATA\n# scope: subpackages\n# schemas:\n${lines.map((line) => `#   - ${line}\n`).join("")}package acme\n`;

test.each([
  ["at the top of data", bound("data.acme: schema.a")],
  ["with two schemas", bound("data.acme.x: schema.a", "data.acme.x: schema.b")],
  ["within another", bound("data.acme.x: schema.a", "data.acme.x.y: schema.b")],
  ["of which there is none", bound("input: schema.a")],
])("no rule stands for a document %s", (_what, text) => {
  expect(withTypedData([rego("acme/acme.rego", text)])).toBeNull();
});
