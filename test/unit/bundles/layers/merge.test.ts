import { checkDataFiles } from "../../../../gateway/bundles/data/check-data.ts";
import { mergedData } from "../../../../gateway/bundles/data/merge-data.ts";
import { readFragment } from "../../../../gateway/bundles/data/fragments.ts";
import { adoptedRules } from "../../../../gateway/bundles/layers/adopted-rules.ts";
import { mergeFiles } from "../../../../gateway/bundles/layers/merge.ts";
import { ownershipProblems } from "../../../../gateway/bundles/rule-checks/ownership.ts";
import type { FileOrigin, SourceFile } from "../../../../gateway/bundles/sources.ts";

/** A file of the source that its path begins with; `library` has defaults. */
function file(path: string, text: string, more: Partial<FileOrigin> = {}): SourceFile {
  const [source = "", ...below] = path.split("/");
  const from = {
    source,
    below: below.join("/"),
    defaults: source === "library",
    roots: null,
    regoVersion: 1,
    ...more,
  } as const;
  return { path, bytes: Buffer.from(text), from };
}

const library = "rules: { copy: off, chain: hold }\n";
const provenance = "sallyport/provenance/data.yaml";

function merged(...files: readonly SourceFile[]): Record<string, unknown> {
  return Object.fromEntries(
    mergedData(files.map(readFragment)).map(({ path, text }) => [path, JSON.parse(text) as unknown]),
  );
}

test("lets what another source says of a name count in the place of a default, whatever the order", () => {
  const [ours, theirs] = [
    file(`library/${provenance}`, library),
    file(`policy/${provenance}`, "rules: { copy: hold }\n"),
  ];
  for (const files of [
    [ours, theirs],
    [theirs, ours],
  ])
    expect(merged(...files)).toEqual({
      "data.json": {},
      "sallyport/provenance/data.json": { rules: { copy: "hold", chain: "hold" } },
    });
});

test("keeps data of every path, also those that no folder can be named after", () => {
  const text = JSON.stringify({ acme: { x: [1, null] }, sallyport: { "a b": { y: 1 }, z: 2 } });
  expect(merged(file("policy/data.json", text))).toEqual({
    "data.json": { acme: { x: [1, null] } },
    "sallyport/data.json": { "a b": { y: 1 }, z: 2 },
  });
});

test("names both files of every value that two sources give", () => {
  const files = [
    file(`library/${provenance}`, library),
    file(`corp/${provenance}`, "rules: { chain: deny }\n"),
    file(`team/${provenance}`, "rules: { copy: hold, chain: off }\n"),
    file("corp/acme/data.yaml", "hosts: { a: 1 }\n"),
    file("team/data.yaml", "acme: { hosts: { b: 2 } }\nsallyport: { entitlements: { clerk: {} } }\n"),
    file("corp/sallyport/entitlements/data.yaml", "clerk: { billing: { tools: {} } }\n"),
  ];
  expect(checkDataFiles(files).problems.map(({ file: at, line, message }) => `${at}:${line}: ${message}`)).toEqual([
    "corp/sallyport/entitlements/data.yaml:1: clerk: is mapped a second time; the first is in team/data.yaml",
    `team/${provenance}:1: rules.chain: is also given in corp/${provenance}, and no source changes what another one says`,
  ]);
});

test("writes modules as they are, schemas and capabilities once, and says which modules are in Rego v0", () => {
  const files = [
    file("library/capabilities.json", "{}"),
    file("team/capabilities.json", "{}"),
    file("team/schemas/x.json", "{}"),
    file("old/x.rego", "package old", { regoVersion: 0 }),
    file("team/golden/one.json", "{}"),
    file("team/data.yaml", "x: 1"),
  ];
  const written = mergeFiles(files, [{ path: "data.json", bytes: Buffer.from("{}") }]);
  expect(written.map(({ path }) => path).toSorted()).toEqual([
    ".manifest",
    "capabilities.json",
    "data.json",
    "old/x.rego",
    "schemas/x.json",
    "team/golden/one.json",
  ]);
  const manifest = written.find(({ path }) => path === ".manifest")?.bytes.toString();
  expect(JSON.parse(manifest ?? "")).toMatchObject({ rego_version: 1, file_rego_versions: { "/old/x.rego": 0 } });
});

const module = (name: string, ...path: readonly string[]) => ({
  file: name,
  tree: { package: { path: [{ type: "var", value: "data" }, ...path.map((value) => ({ type: "string", value }))] } },
});
const definition = (name: string, home: readonly string[], ...rest: readonly string[]) =>
  ({ file: name, at: ["rules", 0], package: home, path: [...home, ...rest], name: rest[0] ?? "" }) as never;

test("finds a rule whose head leads into a package of another source, and none within a source", () => {
  const origins = { "a/x.rego": file("a/x.rego", "").from, "b/y.rego": file("b/y.rego", "").from } as Record<
    string,
    FileOrigin
  >;
  const modules = [module("a/x.rego", "s", "lib", "hold"), module("b/y.rego", "s")];
  const problems = (path: readonly string[]): string[] =>
    ownershipProblems(modules, [definition("b/y.rego", ["s"], ...path)], origins).map(({ message }) => message);
  const taken = "the package s.lib.hold is also in a/x.rego; a package belongs to one source of the policy";
  expect(problems(["lib", "hold", "complete"])).toEqual([taken]);
  expect(problems(["lib", "hold"])).toEqual([taken]);
  expect(problems(["lib", "holds"])).toEqual([]);
  expect(ownershipProblems(modules, [definition("a/x.rego", ["s", "lib", "hold"], "x")], origins)).toEqual([]);
});

test("quotes what a configuration says in the modules that stand for adopted decisions", () => {
  const [one] = adoptedRules([{ path: "a/b", servers: ['x"} { true'], input: { 'k"': ["list", "0", 'n"]'] } }]);
  expect(one?.path).toBe("a_b.rego");
  expect(one?.text).toContain(String.raw`input.resource.properties.server in {"x\"} { true"}`);
  expect(one?.text).toContain(String.raw`document := {"k\"": input["list"][0]["n\"]"]}`);
});
