import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { policyInputOf, selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import { readArchiveFiles } from "../../../../gateway/bundles/layers/archive-files.ts";
import type { PolicySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import { SourceList } from "../../../../gateway/bundles/layers/read-list.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { bundleMarks } from "../../../../gateway/store/store-marks.ts";
import { signingRoom, trusting } from "../../../support/bundles/signed-bundle.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { type PolicyFolder, policyFolder } from "../support/policy-folder.ts";

const main = `# METADATA
# title: Collects
package sallyport.main

decision := {
  "effect": "deny",
  "reasons": [{"code": "TOLD", "message": data.team.told, "rule": "x/y", "severity": "low", "controls": []}],
  "obligations": [],
  "approval": null,
  "risk": null,
}

visible := {"visible": false}

result := {"effect": "block", "reasons": [], "redactions": [], "labels": []}
`;
/** In Rego v0: no `if`, no `contains`. */
const old = `package team

told = sprintf("%v %v", [data.words.first, count(names)]) { count(names) > 0 }

names[name] { name := data.words.list[_] }
`;
const current = old
  .replace(
    'told = sprintf("%v %v", [data.words.first, count(names)]) {',
    'told := sprintf("%v %v", [data.words.first, count(names)]) if {',
  )
  .replace("names[name] {", "names contains name if {");

let root: string;
let folder: PolicyFolder;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sallyport-archives-"));
  folder = await policyFolder({ "sallyport/main/main.rego": main });
});
afterAll(async () => {
  await folder.remove();
  await rm(root, { recursive: true });
});

/** A bundle as `tar` packs a folder, with a manifest. */
async function bundle(
  name: string,
  files: Readonly<Record<string, string>>,
  manifest: object = {},
): Promise<PolicySource> {
  const place = join(root, name);
  for (const [path, text] of Object.entries({ ...files, ".manifest": JSON.stringify(manifest) })) {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text);
  }
  const path = join(root, `${name}.tar.gz`);
  execFileSync("tar", [
    "--format=ustar",
    "-czf",
    path,
    "-C",
    place,
    ...new Set(Object.keys(files).map((file) => file.split("/")[0] ?? "")),
    ".manifest",
  ]);
  return { kind: "archive", path };
}

const words = { "words/data.yaml": "first: hello\nlist: [a, b]\n" };
const only = (): PolicySource => ({ kind: "folder", path: folder.dir });

async function told(...sources: readonly PolicySource[]): Promise<string> {
  const bundles = folder.bundles({ engine: createPolicyEngine(), sources, watch: false });
  await bundles.start();
  const input = policyInputOf(selfTestInput("call"));
  const answer = (bundles.active()?.evaluate("decision", input).results as [{ result: JsonObject }])[0].result;
  return (answer["reasons"] as [{ message: string }])[0].message;
}

test("compiles a bundle of Rego v0 beside modules of v1, which reads the data of a third one", async () => {
  const team = await bundle("v0", { "team/team.rego": old }, { rego_version: 0, roots: ["team"] });
  const data = await bundle("data-only", words, { roots: ["words"] });
  expect(await told(only(), team, data)).toBe("hello 2");
});

test("reads the version of a single module from the manifest", async () => {
  const versions = { rego_version: 1, file_rego_versions: { "/team/*.rego": 0 } };
  const team = await bundle(
    "mixed",
    { "team/team.rego": old, "team/sub/new.rego": "package team.sub\n\nx if true\n" },
    versions,
  );
  expect(await told(only(), team, await bundle("data-mixed", words))).toBe("hello 2");
});

test("compiles an archive without a module that is the only source", async () => {
  const files = { "sallyport/main/main.rego": main, "team/team.rego": current, ...words };
  expect(await told(await bundle("whole", files))).toBe("hello 2");
});

test("takes what opa build makes of Rego", async () => {
  await bundle("sources", { "team/team.rego": current, ...words });
  const path = join(root, "built.tar.gz");
  execFileSync(opa, ["build", "--bundle", "--output", path, join(root, "sources")]);
  expect(await told(only(), { kind: "archive", path })).toBe("hello 2");
});

const team = { "team/team.rego": current };

test.each<[string, () => Promise<PolicySource[]>, RegExp]>([
  [
    "a package outside the roots of its bundle",
    async () => [await bundle("outside", team, { roots: ["elsewhere"] }), await bundle("d1", words)],
    /outside\.tar\.gz\/team\/team\.rego:3: data\.team\.told is outside the roots of its bundle: elsewhere/,
  ],
  [
    "a package below a root of another bundle",
    async () => [
      await bundle("below", team),
      await bundle(
        "owner",
        { "team/own/own.rego": "package team.own\n\nx := 1\n", ...words },
        { roots: ["team", "words"] },
      ),
    ],
    /below\.tar\.gz\/team\/team\.rego:3: data\.team\.told lies below a root of owner\.tar\.gz: team/,
  ],
  [
    "a package below a root of a bundle that has data alone",
    async () => [
      await bundle("t7", team),
      await bundle("d7", { ...words, "team/data.yaml": "own: [a]\n" }, { roots: ["team", "words"] }),
    ],
    /t7\.tar\.gz\/team\/team\.rego:3: data\.team\.told lies below a root of d7\.tar\.gz: team/,
  ],
  [
    "data below a root of a bundle that has Rego alone",
    async () => [
      await bundle("t8", team, { roots: ["team"] }),
      await bundle("d8", { ...words, "team/more/data.yaml": "a: 1\n" }),
    ],
    /d8\.tar\.gz\/team\/more\/data\.yaml:1:1: lies below a root of another bundle/,
  ],
  [
    "data below a root of another bundle",
    async () => [
      await bundle("t2", { ...team, "words/data.yaml": "more: 1\n" }),
      await bundle("d2", words, { roots: ["words"] }),
    ],
    /t2\.tar\.gz\/words\/data\.yaml:1:1: lies below a root of another bundle/,
  ],
  [
    "a value that two bundles give",
    async () => [await bundle("t3", { ...team, "words/data.yaml": "first: bye\n" }), await bundle("d3", words)],
    /d3\.tar\.gz\/words\/data\.yaml:1:1: is also given in t3\.tar\.gz\/words\/data\.yaml/,
  ],
  [
    "a number that would lose digits",
    async () => [
      await bundle("t4", team),
      await bundle("d4", { "words/data.yaml": "first: 12345678901234567891\nlist: [a]\n" }),
    ],
    /d4\.tar\.gz\/words\/data\.yaml:1:8: first: is a number beyond 2\^53/,
  ],
  [
    "another version of Rego than its manifest says",
    async () => [await bundle("t5", { "team/team.rego": old }), await bundle("d5", words)],
    /t5\.tar\.gz\/team\/team\.rego:3: rego_parse_error/,
  ],
  [
    "a manifest that is none",
    async () => [await bundle("t6", team, ["x"]), await bundle("d6", words)],
    /^t6\.tar\.gz: \.manifest is not a JSON object/,
  ],
])("refuses %s, and names it", async (_what, sources, message) => {
  await expect(told(only(), ...(await sources()))).rejects.toThrow(message);
});

test("refuses an archive with a compiled module beside another source", async () => {
  const path = join(root, "module.tar.gz");
  execFileSync(opa, [
    "build",
    "--bundle",
    "--target",
    "wasm",
    "-e",
    "team/told",
    "--output",
    path,
    join(root, "sources"),
  ]);
  await expect(told(only(), { kind: "archive", path })).rejects.toThrow(/^module\.tar\.gz: holds a compiled module/);
});

test("unpacks an archive once for as long as its bytes are the same", async () => {
  const { path } = await bundle("known", team);
  const first = await readArchiveFiles(path, null, undefined);
  expect(await readArchiveFiles(path, null, first)).toBe(first);
  const list = new SourceList([only(), { kind: "archive", path }]);
  const read = await list.read();
  expect(read.files.map((file) => file.path)).toEqual(["rego/sallyport/main/main.rego", "known.tar.gz/team/team.rego"]);
  expect((await list.settled(read)).revision).toBe(read.revision);
});

test("takes a bundle of rules only with a signature where one is asked for, and none that is older", async () => {
  const room = await signingRoom();
  const signer = await room.signer("ES256");
  const { path } = await bundle("to-sign", { ...team, "words/data.json": '{ "first": "hello", "list": ["a"] }' });
  const marks = bundleMarks(new Connection(openDatabase(":memory:")));
  const start = async (archive: string): Promise<string | undefined> => {
    const sources = [only(), { kind: "archive", path: archive }] as const;
    const bundles = folder.bundles({
      engine: createPolicyEngine(),
      sources,
      watch: false,
      signing: { trust: trusting(signer), marks },
    });
    await bundles.start();
    return bundles.active()?.revision;
  };
  try {
    await expect(start(path)).rejects.toThrow("the bundle is not signed");
    const signed = await room.signed(path, signer, { iat: 1_750_000_100 });
    expect(await start(signed)).toMatch(/^[0-9a-f]{32}$/);
    await expect(start(await room.change(signed, { "team/team.rego": `${current}\n# more\n` }))).rejects.toThrow(
      "not what was signed",
    );
    const older = await room.change(path, { "words/data.json": '{ "first": "bye", "list": ["a"] }' });
    await expect(start(await room.signed(older, signer, { iat: 1_750_000_000 }))).rejects.toThrow(
      "before one that has been active",
    );
  } finally {
    await room.remove();
  }
});
