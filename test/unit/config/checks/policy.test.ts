import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPolicy } from "../../../../gateway/config/checks/policy.ts";
import { found, type Values } from "./found.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-policy-"));
  mkdirSync(join(folder, "rego"));
  writeFileSync(join(folder, "policy.tar.gz"), "");
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(join(folder, "release.pem"), publicKey.export({ format: "pem", type: "spki" }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const archive = { archive: "policy.tar.gz" };
const of = (policy: Values): string[] => found(checkPolicy, { policy }, folder);
const signed = (key: Values, more: Values = {}): string[] =>
  of({ source: archive, signing: { keys: { release: key }, ...more } });

test("finds nothing in a folder of rules and in a signed archive", () => {
  expect(of({ source: "rego" })).toEqual([]);
  expect(of({ source: archive })).toEqual([]);
  expect(signed({ file: "release.pem", algorithm: "ES256" }, { keyid: "release" })).toEqual([]);
  expect(signed({ secret: "env:RELEASE", algorithm: "HS256" })).toEqual([]);
});

test("finds a Data API beside a module that was built without its paths", () => {
  const data_api = { paths: ["a"], roles: ["author"] };
  expect(of({ source: archive, data_api })).toEqual([expect.stringContaining("write sources: [library, …]")]);
  expect(of({ sources: ["library", archive], data_api })).toEqual([]);
  expect(of({ source: "rego", data_api })).toEqual([]);
});

test("looks for the usual folder where no source is named", () => {
  expect(of({})).toEqual([]);
  expect(found(checkPolicy, {}, folder)).toEqual([]);
  const elsewhere = join(folder, "rego");
  expect(found(checkPolicy, {}, elsewhere)).toEqual(["policy.source (value): no such folder: ./rego"]);
  expect(found(checkPolicy, { policy: { sources: ["library"] } }, elsewhere)).toEqual([]);
});

test.each<[string, unknown, string]>([
  ["a folder that is not there", "gone", "source (value): no such folder: gone"],
  ["an archive that is not there", { archive: "gone.tar.gz" }, "source.archive (value): no such file: gone.tar.gz"],
  [
    "a file as a folder",
    "policy.tar.gz",
    "source (value): policy.tar.gz is not a folder; a built bundle is { archive: policy.tar.gz }",
  ],
  ["a folder as an archive", { archive: "rego" }, "source.archive (value): rego is not a file"],
])("refuses %s", (_what, source, finding) => {
  expect(of({ source })).toEqual([`policy.${finding}`]);
});

test("refuses keys beside a folder of rules, which carries no signature", () => {
  expect(of({ source: "rego", signing: { keys: { release: { file: "release.pem", algorithm: "ES256" } } } })).toEqual([
    "policy.signing (key): a folder of rules carries no signature; name a built bundle: source: { archive: FILE }",
  ]);
});

test.each<[string, Values, Values, string]>([
  [
    "a key id that none of the keys has",
    { file: "release.pem", algorithm: "ES256" },
    { keyid: "other" },
    "keyid (value): is none of keys: release",
  ],
  [
    "a key from nowhere",
    { algorithm: "ES256" },
    {},
    "keys.release (value): needs one of file and secret, and only one",
  ],
  [
    "a key from two places",
    { file: "release.pem", secret: "env:RELEASE", algorithm: "ES256" },
    {},
    "keys.release (value): needs one of file and secret, and only one",
  ],
  [
    "a secret where a public key verifies",
    { secret: "env:RELEASE", algorithm: "ES256" },
    {},
    "keys.release.algorithm (value): ES256 verifies with a public key; name it as file",
  ],
])("refuses %s", (_what, key, more, finding) => {
  expect(signed(key, more)).toEqual([`policy.signing.${finding}`]);
});

test("refuses a key file that the algorithm cannot use, and names it", () => {
  expect(signed({ file: "release.pem", algorithm: "RS256" })).toEqual([
    expect.stringMatching(/^policy\.signing\.keys\.release\.file \(value\): release\.pem holds a key of the kind/),
  ]);
});

test("finds nothing in a list of the library, folders and archives", () => {
  expect(of({ sources: ["library", "./rego", archive] })).toEqual([]);
  const signing = { keys: { release: { file: "release.pem", algorithm: "ES256" } } };
  expect(of({ sources: ["library", archive], signing })).toEqual([]);
  const adopt = [{ path: "httpapi/authz/allow", for: ["payments"], input: { user: "/subject/id" } }];
  expect(of({ sources: ["library", "rego"], adopt })).toEqual([]);
});

const release = { keys: { release: { file: "release.pem", algorithm: "ES256" } } };
const adopted = { path: "a/b", for: ["x"] };

test.each<[string, Values, string]>([
  [
    "source beside sources",
    { source: "rego", sources: ["library"] },
    "source (key): stands beside sources: write what it names as an entry of sources, and remove source",
  ],
  ["a folder that is not there", { sources: ["library", "gone"] }, "sources.1 (value): no such folder: gone"],
  [
    "a name that no file can have",
    { sources: ["library", "a\0b"] },
    "sources.1 (value): a\0b cannot be looked at (ERR_INVALID_ARG_VALUE)",
  ],
  [
    "a folder of too long a name",
    { sources: ["library", "a".repeat(300)] },
    `sources.1 (value): ${"a".repeat(300)} cannot be looked at (ENAMETOOLONG)`,
  ],
  [
    "an archive that is not there",
    { sources: [{ archive: "gone.tar.gz" }] },
    "sources.0.archive (value): no such file: gone.tar.gz",
  ],
  ["the same folder twice", { sources: ["rego", "library", "./rego"] }, "sources.2 (value): is in the list twice"],
  [
    "keys for a list with a folder",
    { sources: ["library", "rego", archive], signing: release },
    "signing (key): signatures are those of one archive, alone or beside the library: sources: [library, { archive: FILE }]",
  ],
  [
    "a decision that is adopted without the library",
    { source: "rego", adopt: [adopted] },
    "adopt (key): reads answers by the library: write sources: [library, …]",
  ],
  [
    "a decision that is adopted twice",
    { sources: ["library", "rego"], adopt: [adopted, { ...adopted, for: ["y"] }] },
    "adopt.1.path (value): is adopted twice; name all servers in one entry",
  ],
  [
    "a rule below sallyport as one that is adopted",
    { sources: ["library", "rego"], adopt: [{ ...adopted, path: "sallyport/main/decision" }] },
    "adopt.0.path (value): is a rule below sallyport, which has its say already: its answers are part of the decision",
  ],
])("refuses %s", (_what, policy, finding) => {
  expect(of(policy)).toEqual([`policy.${finding}`]);
});
