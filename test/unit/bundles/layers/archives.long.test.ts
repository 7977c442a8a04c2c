import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import type { PolicySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { archiveRoom, current, main, old, words } from "../support/archive-room.ts";

let room: Awaited<ReturnType<typeof archiveRoom>>;
beforeAll(async () => {
  room = await archiveRoom();
});
afterAll(() => room.remove());

test("compiles a bundle of Rego v0 beside modules of v1, which reads the data of a third one", async () => {
  const team = await room.bundle("v0", { "team/team.rego": old }, { rego_version: 0, roots: ["team"] });
  const data = await room.bundle("data-only", words, { roots: ["words"] });
  expect(await room.told(room.only, team, data)).toBe("hello 2");
});

test("leaves the tests of a bundle out, and asks its golden cases", async () => {
  const files = {
    "team/team.rego": current,
    "team/team_test.rego": "package team_test\n\ntest_it if data.team.no_such_rule\n",
    "golden/greets.json": golden("hello 2"),
  };
  expect(
    await room.told(room.only, await room.bundle("with-tests", files), await room.bundle("data-tested", words)),
  ).toBe("hello 2");
});

test("reads the version of a single module from the manifest", async () => {
  const versions = { rego_version: 1, file_rego_versions: { "/team/*.rego": 0 } };
  const team = await room.bundle(
    "mixed",
    { "team/team.rego": old, "team/sub/new.rego": "package team.sub\n\nx if true\n" },
    versions,
  );
  expect(await room.told(room.only, team, await room.bundle("data-mixed", words))).toBe("hello 2");
});

test("compiles an archive without a module that is the only source", async () => {
  const files = { "sallyport/main/main.rego": main, "team/team.rego": current, ...words };
  expect(await room.told(await room.bundle("whole", files))).toBe("hello 2");
});

test("takes what opa build makes of Rego", async () => {
  await room.bundle("sources", { "team/team.rego": current, ...words });
  const path = join(room.root, "built.tar.gz");
  execFileSync(opa, ["build", "--bundle", "--output", path, join(room.root, "sources")]);
  expect(await room.told(room.only, { kind: "archive", path })).toBe("hello 2");
});

const team = { "team/team.rego": current };
const golden = (message: string): string =>
  JSON.stringify({
    name: "greets",
    entrypoint: "decision",
    input: selfTestInput("call"),
    want: { reasons: [{ message }] },
  });
const bound = `# METADATA
# scope: package
# schemas:
#   - data.words: schema.words
${current}`;
const schema = { type: "object", properties: { other: { type: "string" } }, additionalProperties: false };

test.each<[string, () => Promise<PolicySource[]>, RegExp]>([
  [
    "a package outside the roots of its bundle",
    async () => [await room.bundle("outside", team, { roots: ["elsewhere"] }), await room.bundle("d1", words)],
    /outside\.tar\.gz\/team\/team\.rego:3: data\.team\.told is outside the roots of its bundle: elsewhere/,
  ],
  [
    "a package below a root of another bundle",
    async () => [
      await room.bundle("below", team),
      await room.bundle(
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
      await room.bundle("t7", team),
      await room.bundle("d7", { ...words, "team/data.yaml": "own: [a]\n" }, { roots: ["team", "words"] }),
    ],
    /t7\.tar\.gz\/team\/team\.rego:3: data\.team\.told lies below a root of d7\.tar\.gz: team/,
  ],
  [
    "data below a root of a bundle that has Rego alone",
    async () => [
      await room.bundle("t8", team, { roots: ["team"] }),
      await room.bundle("d8", { ...words, "team/more/data.yaml": "a: 1\n" }),
    ],
    /d8\.tar\.gz\/team\/more\/data\.yaml:1:1: lies below a root of another bundle/,
  ],
  [
    "data below a root of another bundle",
    async () => [
      await room.bundle("t2", { ...team, "words/data.yaml": "more: 1\n" }),
      await room.bundle("d2", words, { roots: ["words"] }),
    ],
    /t2\.tar\.gz\/words\/data\.yaml:1:1: lies below a root of another bundle/,
  ],
  [
    "a value that two bundles give",
    async () => [
      await room.bundle("t3", { ...team, "words/data.yaml": "first: bye\n" }),
      await room.bundle("d3", words),
    ],
    /d3\.tar\.gz\/words\/data\.yaml:1:1: is also given in t3\.tar\.gz\/words\/data\.yaml/,
  ],
  [
    "a number that would lose digits",
    async () => [
      await room.bundle("t4", team),
      await room.bundle("d4", { "words/data.yaml": "first: 12345678901234567891\nlist: [a]\n" }),
    ],
    /d4\.tar\.gz\/words\/data\.yaml:1:8: first: is a number beyond 2\^53/,
  ],
  [
    "another version of Rego than its manifest says",
    async () => [await room.bundle("t5", { "team/team.rego": old }), await room.bundle("d5", words)],
    /t5\.tar\.gz\/team\/team\.rego:3: rego_parse_error/,
  ],
  [
    "a manifest that is none",
    async () => [await room.bundle("t6", team, ["x"]), await room.bundle("d6", words)],
    /^t6\.tar\.gz: \.manifest is not a JSON object/,
  ],
  [
    "rules in a file that is named as one of tests",
    async () => [
      await room.bundle("t9", { "team/deny_test.rego": "package team\n\ndeny := true\n" }),
      await room.bundle("d9", words),
    ],
    /t9\.tar\.gz\/team\/deny_test\.rego:1: is not read: _test\.rego/,
  ],
  [
    "a rule in a file that opa does not read",
    async () => [await room.bundle("t10", { "team/team.REGO": current }), await room.bundle("d10", words)],
    /t10\.tar\.gz\/team\/team\.REGO:1: is not read: its name must end with \.rego/,
  ],
  [
    "a wrong answer to a golden case of a bundle",
    async () => [
      await room.bundle("t11", { ...team, "golden/greets.json": golden("good evening") }),
      await room.bundle("d11", words),
    ],
    /greets: \/reasons\/0\/message is "hello 2", wanted "good evening"/,
  ],
  [
    "a field that a schema of a bundle does not have",
    async () => [
      await room.bundle("t12", { "team/team.rego": bound, "schemas/words.json": JSON.stringify(schema) }),
      await room.bundle("d12", words),
    ],
    /d12\.tar\.gz\/words\/data\.yaml:1:1: first: unknown field/,
  ],
  [
    "a function that the capabilities of a bundle do not have",
    async () => [
      await room.bundle("t13", { ...team, "capabilities.json": '{"builtins":[],"features":["rego_v1"]}' }),
      await room.bundle("d13", words),
    ],
    /t13\.tar\.gz\/team\/team\.rego:\d+: rego_type_error: undefined function/,
  ],
])("refuses %s, and names it", async (_what, sources, message) => {
  await expect(room.told(room.only, ...(await sources()))).rejects.toThrow(message);
});

test("refuses an archive with a compiled module beside another source", async () => {
  const path = join(room.root, "module.tar.gz");
  execFileSync(opa, [
    "build",
    "--bundle",
    "--target",
    "wasm",
    "-e",
    "team/told",
    "--output",
    path,
    join(room.root, "sources"),
  ]);
  await expect(room.told(room.only, { kind: "archive", path })).rejects.toThrow(
    /^module\.tar\.gz: holds a compiled module/,
  );
});
