import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withHiddenSchemas, withShownSchemas } from "../../../../gateway/bundles/build/hidden-schemas.ts";
import { librarySource } from "../../../../gateway/bundles/layers/policy-source.ts";

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

const filesOf = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));

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

test.each([
  ["of one package", root(...list, "package sallyport")],
  ["in a file with raw strings", `${bound}\nx := \`a\`\n`],
  ["in a list of another form", root("# scope: subpackages", "# schemas:", "# [{input: schema.input}]", "package p")],
  ["that are no METADATA", bound.replace("# METADATA", "# NOTE")],
])("leaves schemas %s", async (_, text) => {
  expect(await given(text)).toBe(text);
});

test.each([
  ["a chain that goes elsewhere", rule("x := rego.metadata.chain()", IMPORT)],
  ["a chain beside a reason", rule(`${asked}\n\nx := rego.metadata.chain()[1]`, IMPORT)],
  ["a chain in a text that is evaluated", rule('x := $"{rego.metadata.chain()}"', IMPORT)],
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

test("hides them where comments and texts have the words", async () => {
  expect(await given(bound, { "x.rego": rule('# rego.metadata.chain()\nx := "rego with care"', IMPORT) })).not.toBe(
    bound,
  );
});
