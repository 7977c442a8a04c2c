import { checkDataFiles } from "../../../../gateway/bundles/data/check-data.ts";
import { adoptedRules } from "../../../../gateway/bundles/layers/adopted-rules.ts";
import { mergeFiles } from "../../../../gateway/bundles/layers/merge.ts";
import { ownershipProblems } from "../../../../gateway/bundles/rule-checks/ownership.ts";
import type { Definition } from "../../../../gateway/bundles/rule-checks/definitions.ts";
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
    checkDataFiles(files).merged.map(({ path, bytes }) => [
      path,
      JSON.parse(new TextDecoder().decode(bytes)) as unknown,
    ]),
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
      "sallyport/provenance/data.json": { rules: { copy: "hold", chain: "hold" } },
    });
});

test("keeps data of every path, also those that no folder can be named after", () => {
  const text = JSON.stringify({
    acme: { x: [1, null] },
    schemas: { a: 1 },
    size: 3,
    sallyport: { "a b": { y: 1 }, z: 2 },
  });
  expect(merged(file("policy/data.json", text))).toEqual({
    "acme/data.json": { x: [1, null] },
    "data.json": { schemas: { a: 1 }, size: 3 },
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
    "team/data.yaml:1: acme: is also given in corp/acme/data.yaml, and no source changes what another one says",
    `team/${provenance}:1: rules.chain: is also given in corp/${provenance}, and no source changes what another one says`,
  ]);
});

test.each<[string, readonly SourceFile[], readonly string[]]>([
  [
    "a folder with files of both",
    [file("corp/acme/exempt/data.yaml", "a: true\n"), file("team/acme/hosts/data.yaml", "b: true\n")],
    [],
  ],
  [
    "the mapping of a file",
    [file("corp/acme/exempt/data.yaml", "a: true\n"), file("team/acme/exempt/data.yaml", "b: true\n")],
    ["team/acme/exempt/data.yaml:1:1"],
  ],
  [
    "a mapping inside a file",
    [file("corp/data.json", '{"acme":{"exempt":{"a":true}}}'), file("team/acme/exempt/data.yaml", "b: true\n")],
    ["team/acme/exempt/data.yaml:1:1"],
  ],
  [
    "a mapping that a file deeper than another one's adds to",
    [file("corp/acme/data.yaml", "exempt: { a: true }\n"), file("team/acme/exempt/b/data.yaml", "b: true\n")],
    ["team/acme/exempt/b/data.yaml:1:1"],
  ],
  [
    "a document below sallyport that is none of the library's",
    [file("corp/sallyport/own/data.yaml", "a: 1\n"), file("team/sallyport/own/data.yaml", "b: 1\n")],
    ["team/sallyport/own/data.yaml:1:1"],
  ],
  [
    "the settings of a document of the library",
    [file(`corp/${provenance}`, "rules: { chain: deny }\n"), file(`team/${provenance}`, "rules: { copy: hold }\n")],
    [],
  ],
  [
    "the settings of a setting",
    [
      file("corp/sallyport/site/data.yaml", "inside: [corp.example]\npeople: { payments: [a@corp.example] }\n"),
      file("team/sallyport/site/data.yaml", "hosts_opt_in: true\n"),
    ],
    [],
  ],
  [
    "a mapping of names in a setting",
    [
      file("corp/sallyport/site/data.yaml", "people: { payments: [a@corp.example] }\n"),
      file("team/sallyport/site/data.yaml", "people: { crm: [eve@evil.example] }\n"),
    ],
    ["team/sallyport/site/data.yaml:1:1"],
  ],
])("tells whether two sources can share %s", (_what, files, places) => {
  const { problems } = checkDataFiles(files);
  expect(problems.map(({ file: at, line, column }) => `${at}:${line}:${column}`)).toEqual(places);
});

test("refuses a misspelt value in the place of a default, whatever the order of the sources", () => {
  const [ours, theirs] = [
    file(`library/${provenance}`, library),
    file(`policy/${provenance}`, "rules: { copy: hodl }\n"),
  ];
  for (const files of [
    [ours, theirs],
    [theirs, ours],
  ])
    expect(checkDataFiles(files).problems).toMatchObject([{ file: `policy/${provenance}`, line: 1 }]);
});

test("refuses a value that two files of one source give, whichever comes first", () => {
  const [one, other] = [
    file("team/acme/data.yaml", "hosts: { a: 1 }\n"),
    file("team/acme/hosts/data.yaml", "a: 2\nb: 3\n"),
  ];
  const places = (...files: readonly SourceFile[]): string[] =>
    checkDataFiles(files).problems.map(({ file: at, line, message }) => `${at}:${line}: ${message}`);
  const order = "so that it would depend on their order";
  expect(places(one, other)).toEqual([
    `team/acme/hosts/data.yaml:1: a: is also given in team/acme/data.yaml, ${order}`,
  ]);
  expect(places(other, one)).toEqual([
    `team/acme/data.yaml:1: hosts.a: is also given in team/acme/hosts/data.yaml, ${order}`,
  ]);
});

test("checks a document by each schema that a source binds it to, whatever the order of the sources", () => {
  const binds = (source: string, schema: string): SourceFile =>
    file(`${source}/acme.rego`, `# METADATA\n# schemas:\n#   - data.acme: schema.${schema}\npackage ${source}\n`);
  const schemaOf = (name: string, type: string): SourceFile =>
    file(`corp/schemas/${name}.json`, JSON.stringify({ type: "object", properties: { a: { type } } }));
  const files = [
    binds("corp", "strict"),
    binds("team", "lax"),
    schemaOf("strict", "string"),
    schemaOf("lax", "number"),
  ];
  const data = file("corp/acme/data.yaml", "a: 1\n");
  for (const ordered of [files, files.toReversed()])
    expect(checkDataFiles([...ordered, data]).problems).toMatchObject([{ message: "a: expected text, got a number" }]);
});

test("knows the roots of a bundle that has Rego alone where another source has data", () => {
  const files = [
    file("bundle/acme/x.rego", "package acme", { roots: ["acme"] }),
    file("team/acme/data.yaml", "a: 1\n"),
  ];
  const [problem] = checkDataFiles(files).problems;
  expect(problem).toMatchObject({ file: "team/acme/data.yaml", message: "lies below a root of another bundle" });
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
  ({
    file: name,
    at: ["rules", 0],
    package: home,
    path: [...home, ...rest],
    name: rest[0] ?? "",
  }) as unknown as Definition;

test("finds a rule whose head leads into a package of another source, and none within a source", () => {
  const origins = { "a/x.rego": file("a/x.rego", "").from, "b/y.rego": file("b/y.rego", "").from } as Record<
    string,
    FileOrigin
  >;
  const modules = [module("a/x.rego", "s", "lib", "hold"), module("b/y.rego", "s")];
  const problems = (path: readonly string[], isOpen = false): string[] =>
    ownershipProblems(modules, [{ ...definition("b/y.rego", ["s"], ...path), isOpen }], { origins, roots: [] }).map(
      ({ message }) => message,
    );
  const taken = "the package s.lib.hold is also in a/x.rego; a package belongs to one source of the policy";
  expect(problems(["lib", "hold", "complete"])).toEqual([taken]);
  expect(problems(["lib", "hold"])).toEqual([taken]);
  expect(problems(["lib", "holds"])).toEqual([]);
  expect(problems(["lib"], true)).toEqual([taken]);
  expect(problems(["lib"])).toEqual([]);
  expect(problems(["li"], true)).toEqual([]);
  const within = definition("a/x.rego", ["s", "lib", "hold"], "x");
  expect(ownershipProblems(modules, [within], { origins, roots: [] })).toEqual([]);
});

test("quotes what a configuration says in the modules that stand for adopted decisions", () => {
  const [one] = adoptedRules([{ path: "a/b", servers: ['x"} { true'], input: { 'k"': ["list", "0", 'n"]'] } }]);
  expect(one?.path).toBe("a_b.rego");
  expect(one?.text).toContain(String.raw`input.resource.properties.server in {"x\"} { true"}`);
  expect(one?.text).toContain(String.raw`document := {"k\"": input["list"][0]["n\"]"]}`);
});
