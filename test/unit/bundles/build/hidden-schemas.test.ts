import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";
import { withHiddenSchemas, withShownSchemas } from "../../../../gateway/bundles/build/hidden-schemas.ts";
import { runOpa } from "../../../../gateway/bundles/build/opa.ts";
import { annotationsIn } from "../../../../gateway/bundles/build/rule-metadata.ts";
import { writeSources } from "../../../../gateway/bundles/build/write-sources.ts";
import { librarySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import { inputOf, opa } from "../../decide/support/compile-rego.ts";

const ROOT = "sallyport/sallyport.rego";
const list = ["# schemas:", "#   - input: schema.input", "#   - data.sallyport.site: schema.site"];
const root = (...lines: readonly string[]): string =>
  ["# METADATA", "# title: All, as `opa check` sees it", ...lines, ""].join("\n");
const bound = root("# scope: subpackages", ...list, "package sallyport");
const rule = (body: string, ...imports: readonly string[]): string =>
  ["package sallyport.rules.a.one", "", ...imports, "", body, ""].join("\n");
const IMPORT = "import data.sallyport.reason";
const asked = "_much := reason.of(rego.metadata.chain())";
const reasons = readFileSync(join(librarySource.path, "sallyport/reason/reason.rego"), "utf8");
const common = { "sallyport/reason/reason.rego": reasons, "rule.rego": rule(asked, IMPORT, "import rego.v1") };

const filesOf = (texts: Readonly<Record<string, string | Buffer>>) =>
  Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));

/** The METADATA without their schemas, and the answer of the module; or what OPA says against the files. */
async function seenByOpa(files: readonly SourceFile[]) {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-schemas-"));
  const source = join(folder, "source");
  const archive = join(folder, "bundle.tar.gz");
  try {
    await writeSources(files, source);
    const entrypoint = "sallyport/rules/a/two/deny";
    await runOpa(
      opa,
      ["build", "-b", "-t", "wasm", "-r", "test", "-e", entrypoint, "-o", archive, "."],
      source,
      "compile",
    );
    const annotations = await annotationsIn(opa, ".", source, "compile");
    const { wasm, data } = await readArchive(archive);
    const { results } = (await createPolicyEngine().prepare(wasm, data)).evaluate(entrypoint, inputOf({}));
    const withoutSchemas = (key: string, value: unknown): unknown => (key === "schemas" ? undefined : value);
    return { annotations: JSON.parse(JSON.stringify(annotations, withoutSchemas)) as unknown, results };
  } catch (error) {
    return { refused: (error as Error).message };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What OPA sees of a policy, which is the same with all its schemas. `two` is a rule that gives its reason. */
async function seenWithout(text: string, two = denial()) {
  const files = filesOf({ [ROOT]: text, ...common, "two.rego": two });
  const hidden = await withHiddenSchemas(files);
  expect(hidden).not.toBe(files);
  expect(hidden.some((file, index) => file !== files[index])).toBe(true);
  const [whole, without] = await Promise.all([seenByOpa(files), seenByOpa(hidden)]);
  expect(without).toEqual(whole);
  return without;
}

const denial = (title = "Two"): string =>
  [
    ...["package sallyport.rules.a.two", "", IMPORT, "", "# METADATA", `# title: ${title}`, "# custom:"],
    ...["#   code: TWO", "deny contains reason.of(rego.metadata.chain())", ""],
  ].join("\n");

/** The root of the library as OPA gets it. */
async function given(text: string, more: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
  const files = await withHiddenSchemas(filesOf({ [ROOT]: text, ...common, ...more }));
  return files.find(({ path }) => path === ROOT)?.bytes.toString("utf8");
}

test("hides the schemas of all packages below, line by line, and shows them again in what is built", async () => {
  const hidden = bound.replace(list.join("\n"), list.map((line) => line.replace("# ", "# ## ")).join("\n"));
  expect(await given(bound)).toBe(hidden);
  const entry = (text: string) => [{ header: { name: `/${ROOT}` }, bytes: Buffer.from(text) }];
  expect(withShownSchemas(entry(hidden), filesOf({ [ROOT]: hidden }))).toEqual(entry(bound));
  expect(withShownSchemas(entry(hidden), [])).toEqual(entry(hidden));
});

test("hides them where lines end as on Windows, and where more METADATA follow", async () => {
  expect(await given(bound.replaceAll("\n", "\r\n"))).toContain("# ## schemas:\r\n# ##   - input");
  const more = root(...list, "# scope: subpackages", "# custom:", "#   owner: us", "package sallyport");
  expect(await given(more)).toBe(more.replaceAll(/^# (?=schemas| {2}- )/gm, "# ## "));
});

const all = "# scope: subpackages";
const home = "package sallyport";
test.each([
  ["alone", bound],
  ["with the line ends of Windows", bound.replaceAll("\n", "\r\n")],
  ["that are not indented", root(all, ...list.map((line) => line.replace("#   -", "# -")), home)],
  ["first", root(...list, all, home)],
  ["before names with lists and texts", root(all, ...list, "# custom:", '#   to: "a: [b"', "#   by: [us, you]", home)],
  ["after lists", root("# organizations:", "# - Acme & Sons", "# authors:", "# - name: Jo", all, ...list, home)],
  ["after a text of several lines", root("# description: >-", "#   Is: [what", '#    it "is', all, ...list, home)],
  ["before a text of several lines", root(all, ...list, "# description: |-", "#   # Title", home)],
  ["below a comment that does not touch", `# Of all packages.\n\n${bound}`],
])("OPA makes the same of schemas %s", async (_, text) => {
  const seen = await seenWithout(text);
  expect(seen).toHaveProperty("results", [{ result: [expect.objectContaining({ code: "TWO", message: "Two" })] }]);
});

test.each([
  ["of a name given twice", bound.replace(all, `# title: Again\n${all}`), denial()],
  ["of a list for a text", bound.replace("All, as `opa check` sees it", "[a, b]"), denial()],
  ["of the METADATA", root(all, ...list, "# entrypoint: maybe", home), denial()],
  ["of another rule", bound, denial("[")],
  ["of the code", bound, `${denial()}\nx := nothing(1)\n`],
])("OPA says the same of mistakes %s", async (_, text, two) => {
  expect(await seenWithout(text, two)).toEqual({ refused: expect.stringContaining(".rego:") as string });
});

const long = (length: number): string => "n".repeat(length);

test("OPA says the same of a mistake in a file whose name it tells in a text of its own, with the lines it quotes", async () => {
  const files = filesOf({ "sallyport/all:rules.rego": root(all, "# organizations: us", ...list, home), ...common });
  const hidden = await withHiddenSchemas(files);
  expect(hidden[0]).not.toBe(files[0]);
  const [whole, without] = await Promise.all([seenByOpa(files), seenByOpa(hidden)]);
  expect(whole).toEqual({ refused: expect.stringContaining("\n\t# schemas:\n") as string });
  expect(without).toEqual(whole);
});

test("OPA makes the same of schemas before a name of 200 characters", async () => {
  await seenWithout(root(all, ...list, "# custom:", `#   ${long(200)}: a`, home));
});

test.each([
  ["of one package", root(...list, "package sallyport")],
  ["in a file with raw strings", `${bound}\nx := \`a\`\n`],
  ["in a list of another form", root("# scope: subpackages", "# schemas:", "# [{input: schema.input}]", "package p")],
  ["with a name that OPA refuses", root(all, "# schemas:", "#   - data.1st: schema.site", home)],
  ["with a name that is an anchor", root(all, "# schemas:", "#   - input: &in schema.input", "# title: *in", home)],
  ["with an alias elsewhere", root("# custom: &c", "#   a: 1", all, ...list, "# authors: *c", home)],
  ["twice", root(all, ...list, ...list, home)],
  ["twice in different forms", root(all, "# schemas: []", ...list, home)],
  ["beside a text in quotes of several lines", root('# description: "one', ...list, '# end"', all, home)],
  ["beside a text in single quotes", root("# description: 'one", ...list, "# end'", all, home)],
  ["beside a list of several lines", root("# custom: {a: [", ...list, "# x]}", all, home)],
  ["beside a text of several lines that keeps its end", root("# description: |+", "#   one", all, ...list, home)],
  ["beside a text with an indentation of its own", root("# description: |1", "#   one", all, ...list, home)],
  ["beside a name without the blank", root(all, ...list, "#custom:", "#  a: b", home)],
  ["beside a second start of METADATA", root("# METADATA", all, ...list, home)],
  ["below a comment that touches", `# METADATA as OPA reads them\n${bound}`],
  ["above a comment without an end of line", `${root(all, ...list)}# end`],
  ["beside a line separator", bound.replace("All,", "All\u2028")],
  ["beside a paragraph separator", bound.replace("All,", "All\u2029")],
  ["beside a next line", bound.replace("All,", "All\u0085")],
  ["beside a lone carriage return", bound.replace("All,", "All\r# ")],
  ["beside a name of 201 characters", root(...list, `# ${long(201)}: a`, all, home)],
  ["beside an inner name of 201 characters", root(all, ...list, "# custom:", `#   ${long(201)}: a`, home)],
  ["of a path of 201 characters", root(all, "# schemas:", `#   - data.${long(196)}: schema.site`, home)],
  ["beside a control character in a value", bound.replace("All,", "All\u0001")],
  ["beside a control character in a text", root(all, ...list, "# description: |-", "#   a\u001fb", home)],
  ["beside a deleted character", bound.replace("All,", "All\u007f")],
  ["beside a byte-order mark", bound.replace("All,", "All\ufeff")],
  ["beside a character that is none", bound.replace("All,", "All\uffff")],
  ["that are no METADATA", bound.replace("# METADATA", "# NOTE")],
])("leaves schemas %s", async (_, text) => {
  expect(await given(text)).toBe(text);
});

/** A module that has the library's reason, and gives its chain to another function. */
const site = (name: string, ...imports: readonly string[]): string =>
  rule(`${asked}\n\nx := ${name}(rego.metadata.chain())`, IMPORT, ...imports);

test.each([
  ["a chain that goes elsewhere", rule("x := rego.metadata.chain()", IMPORT)],
  ["a chain beside a reason", rule(`${asked}\n\nx := rego.metadata.chain()[1]`, IMPORT)],
  ["a chain in a text that is evaluated", rule('x := $"{rego.metadata.chain()}"', IMPORT)],
  ["a function of a site, whose name ends as the library's", site("data.site.reason.of")],
  ["a function of a site by a quoted name", site('data.site["reason.of"]')],
  ["a function of a site below a quoted name", site('data["site"].reason.of')],
  ["a function whose name ends as the library's", site("myreason.of", "import data.site.myreason")],
  ["another function of that name", rule(asked, "import data.acme.reason")],
  ["another function by that name", rule(asked, "import data.acme.told as reason")],
  ["another function by a quoted name", rule(asked, 'import data.acme["reason"]', IMPORT)],
  ["no import of the function", rule(asked)],
  ["another function in its place", rule("x := y with data.sallyport.reason.of as data.acme.of")],
  ["a part of the function in a package above", "package sallyport\n\nreason.of(chain) := chain\n"],
  ["a part of the function in another file", "package sallyport.reason\n\nof(chain) := chain\n"],
  ["a package with an unusual name", 'package sallyport["reason"]\n\nof(chain) := chain\n'],
])("leaves everything as it is with %s", async (_, text) => {
  expect(await given(bound, { "x.rego": text })).toBe(bound);
});

test("leaves everything as it is where the library's function is another one", async () => {
  expect(await given(bound, { "sallyport/reason/reason.rego": `${reasons}\n# more\n` })).toBe(bound);
});

test("leaves a file that is not UTF-8, which OPA refuses", async () => {
  const files = filesOf({ [ROOT]: Buffer.concat([Buffer.from(bound), Buffer.from("# \xff\n", "latin1")]), ...common });
  const hidden = await withHiddenSchemas(files);
  expect(hidden[0]).toBe(files[0]);
});

test("hides them where comments and texts have the words", async () => {
  expect(await given(bound, { "x.rego": rule('# rego.metadata.chain()\nx := "rego with care"', IMPORT) })).not.toBe(
    bound,
  );
});
