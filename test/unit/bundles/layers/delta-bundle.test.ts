import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { deltaIn, UnfitDelta, writePatched } from "../../../../gateway/bundles/layers/delta-bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-delta-"));
afterAll(() => rmSync(folder, { recursive: true }));

const filesOf = (files: Readonly<Record<string, unknown>>): Map<string, Buffer> =>
  new Map(
    Object.entries(files).map(([path, value]) => [
      path,
      Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
    ]),
  );
const patch = { data: [{ op: "upsert", path: "/team/a", value: 2 }] };
const roots = ["team"];

test("is no delta without patch.json, and one with it", () => {
  expect(deltaIn(filesOf({ "data.json": {} }))).toBeNull();
  expect(deltaIn(filesOf({ "patch.json": patch, ".manifest": { roots: ["/team/"] } }))).toEqual({
    operations: patch.data,
    manifest: { roots: ["/team/"] },
  });
});

test.each<[Record<string, unknown>, string]>([
  [{ "patch.json": "{" }, "patch.json is no JSON of the form"],
  [{ "patch.json": [] }, "patch.json is no JSON of the form"],
  [{ "patch.json": { data: [{ op: 1 }] } }, "patch.json is no JSON of the form"],
  [{ "patch.json": { data: null } }, "patch.json has no operations"],
  [{ "patch.json": {} }, "patch.json has no operations"],
  [{ "patch.json": patch, "a/data.yaml": "a: 1" }, "and this one a/data.yaml"],
  [{ "patch.json": patch, "policy.wasm": "" }, "and this one policy.wasm"],
  [{ "patch.json": patch, ".manifest": { roots: ["team/b", "tea"] } }, "outside the roots team/b, tea"],
  [{ "patch.json": patch, ".manifest": { roots: "team" } }, ".manifest: roots is no list of texts"],
])("refuses %j", (files, message) => {
  expect(() => deltaIn(filesOf(files))).toThrow(message);
});

const base = filesOf({
  ".manifest": { revision: "r-0", roots, rego_version: 0, metadata: { old: true } },
  "team/team.rego": "package team",
  "team/data.yaml": "a: 1\nb: [1]\n",
  "team/c/data.json": { d: 3 },
});
const delta = (manifest: object, data: readonly object[] = patch.data) =>
  deltaIn(filesOf({ "patch.json": { data }, ".manifest": { roots, ...manifest } }));

async function written(from: Map<string, Buffer>, change: ReturnType<typeof delta>) {
  const to = join(folder, "out.tar.gz");
  if (change === null) throw new Error("it is no delta");
  const revision = await writePatched(from, change, to);
  const entries = (await unpackEntries(to)).map(({ header, bytes }) => [header.name, bytes.toString()] as const);
  return { revision, files: Object.fromEntries(entries) };
}

test("makes an archive with the rules of the active bundle, all data in one file, and what the delta says of itself", async () => {
  const { revision, files } = await written(base, delta({ revision: "r-1", metadata: { new: true } }));
  expect(revision).toBe("r-1");
  expect(Object.keys(files).sort()).toEqual(["/.manifest", "/data.json", "/team/team.rego"]);
  expect(JSON.parse(files["/data.json"] ?? "")).toEqual({ team: { a: 2, b: [1], c: { d: 3 } } });
  expect(JSON.parse(files["/.manifest"] ?? "")).toEqual({
    revision: "r-1",
    roots,
    rego_version: 0,
    metadata: { new: true },
  });
});

test("makes one of nothing where no bundle is active", async () => {
  const { revision, files } = await written(new Map(), delta({}));
  expect(revision).toBeNull();
  expect(files).toEqual({ "/data.json": '{"team":{"a":2}}', "/.manifest": '{"roots":["team"]}' });
});

test.each<[string, object, readonly object[] | undefined, string]>([
  ["other roots", { roots: ["team", "other"] }, undefined, "has other roots or modules"],
  ["other modules", { wasm: [{ entrypoint: "team/x" }] }, undefined, "has other roots or modules"],
  ["an operation that does not fit", {}, [{ op: "remove", path: "/team/z" }], "operation 1 of patch.json"],
])("does not fit the active bundle with %s", async (_what, manifest, data, message) => {
  const failure: unknown = await written(base, delta(manifest, data)).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(UnfitDelta);
  expect(failure).toMatchObject({ message: expect.stringContaining(message) });
});
