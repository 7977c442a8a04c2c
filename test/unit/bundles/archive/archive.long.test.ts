import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Header, pack } from "tar-stream";
import type { Projections } from "../../../../gateway/domain/ports.ts";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";
import { unpackEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { sha256 } from "../../../../gateway/bundles/archive/manifest-known.ts";
import { packKnown } from "../../../../gateway/bundles/build/built-archives.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Entry = readonly [header: Partial<Header> & { name: string }, content: string];
const good: readonly Entry[] = [
  [{ name: "/data.json" }, '{"a":1}'],
  [{ name: "/.manifest" }, '{"revision":"r1","roots":[""]}'],
  [{ name: "/policy.wasm" }, "wasm"],
];

async function archiveOf(entries: readonly Entry[]): Promise<string> {
  const file = join(folder, "b.tar.gz");
  const tar = pack();
  for (const [header, content] of entries) {
    if (header.type === undefined || header.type === "file") tar.entry(header, content);
    else tar.entry(header);
  }
  tar.finalize();
  await pipeline(tar, createGzip(), createWriteStream(file));
  return file;
}

test("reads what opa build writes: revision, data, module, digest of the file", async () => {
  const archive = await readArchive(await archiveOf(good));
  expect(archive).toMatchObject({
    revision: "r1",
    data: { a: 1 },
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  expect(Buffer.from(archive.wasm).toString()).toBe("wasm");
});

const reads: Projections = {
  "p/answer": {
    always: { a: true, b: {} },
    dispatched: [{ by: [["s"]], targets: { x: { c: true } } }],
    guarded: [
      {
        when: [{ data: ["limits", ["resource", "id"], null] }, { at: ["a", "b"], is: true, not: true }],
        reads: { c: true },
      },
    ],
  },
};
const sealed = (said: unknown, module = sha256(Buffer.from("wasm"))): Entry[] => [
  good[0] as Entry,
  [{ name: "/.manifest" }, JSON.stringify({ revision: "r1", metadata: { sallyport: { module, reads: said } } })],
  good[2] as Entry,
];

test("reads what the policy reads of the input, when that is said of this very module", async () => {
  const { projections } = await readArchive(await archiveOf(sealed(reads)));
  expect(JSON.parse(JSON.stringify(projections))).toEqual(reads);
  expect((await readArchive(await archiveOf(sealed(reads, "sha256:other")))).projections).toEqual({});
  expect((await readArchive(await archiveOf(good))).projections).toEqual({});
});

test("writes it into a bundle and leaves the rest of that as it is", async () => {
  const to = join(folder, "sealed.tar.gz");
  const from = await archiveOf([...good, [{ name: "/p.rego" }, "package p"]]);
  const results = { everywhere: false, tools: { crm: ["read_customer"] } };
  const exports = { redact: [{ rule: "pii/mask", file: "sallyport/rules/pii/mask/mask.rego", line: 7 }] };
  const rules = { modules: "sha256:0", data: [["a"], []] };
  const unasked = { visible: rules, result: rules, log: rules };
  await packKnown(await unpackEntries(from), to, { reads, results, exports, unasked });
  const { unasked: apart, projections, results: judged, exports: known, revision, data, wasm } = await readArchive(to);
  expect(JSON.parse(JSON.stringify(known))).toEqual(exports);
  expect(JSON.parse(JSON.stringify(projections))).toEqual(reads);
  expect(judged).toEqual(results);
  expect([apart, (await readArchive(from)).unasked]).toEqual([unasked, null]);
  expect({ revision, data, wasm }).toEqual({ revision: "r1", data: { a: 1 }, wasm: Buffer.from("wasm") });
});

const misread: readonly unknown[] = [
  [],
  { p: true },
  { p: { always: [], dispatched: [] } },
  { p: { always: { a: "true" }, dispatched: [] } },
  { p: { always: true } },
  { p: { always: true, dispatched: [{ by: [], targets: {} }] } },
  { p: { always: true, dispatched: [{ by: [["s"], ["t"]], targets: { x: true } }] } },
];

test.each(misread)("refuses a bundle that says it in another way: %j", async (said) => {
  await expect(readArchive(await archiveOf(sealed(said)))).rejects.toThrow("does not say in a readable way");
});

const hostile: readonly (readonly [name: string, entries: readonly Entry[], message: string])[] = [
  ["a path that climbs out", [...good, [{ name: "a/../../x" }, "x"]], "leaves the bundle"],
  ["a path with an empty part", [...good, [{ name: "a//x" }, "x"]], "leaves the bundle"],
  ["two leading slashes", [...good, [{ name: "//etc/passwd" }, "x"]], "leaves the bundle"],
  ["a backslash", [...good, [{ name: "a\\x" }, "x"]], "a character that no bundle path has"],
  ["a symbolic link", [...good, [{ name: "x", type: "symlink", linkname: "/etc/passwd" }, ""]], "not a file"],
  ["a hard link", [...good, [{ name: "x", type: "link", linkname: "data.json" }, ""]], "not a file"],
  ["the same file twice, once with a slash", [...good, [{ name: "data.json" }, "{}"]], "there twice"],
  ["no module", good.slice(0, 2), "no policy.wasm"],
  ["no manifest", good.filter(([{ name }]) => name !== "/.manifest"), "no .manifest"],
  ["no revision", [good[0] as Entry, [{ name: "/.manifest" }, "{}"], good[2] as Entry], "names no revision"],
  ["data that is no object", [[{ name: "/data.json" }, "[]"], ...good.slice(1)], "data.json:1:1: is not a mapping"],
  ["data that is no JSON", [[{ name: "/data.json" }, "{"], ...good.slice(1)], "data.json:1:2: Flow map must end"],
];

test.each(hostile)("refuses an archive with %s", async (_name, entries, message) => {
  await expect(readArchive(await archiveOf(entries))).rejects.toThrow(message);
});

test("refuses an archive that unpacks to too much", async () => {
  const zeros = "0".repeat(64 * 1024 * 1024);
  await expect(
    readArchive(await archiveOf([...good, ...[1, 2, 3, 4].map((n): Entry => [{ name: `f${n}` }, zeros])])),
  ).rejects.toThrow("unpacks to more than");
});

test("refuses a file that is cut off, that is no archive, or that is not there", async () => {
  const file = await archiveOf(good);
  await writeFile(file, "not gzip");
  await expect(readArchive(file)).rejects.toThrow("is damaged, or is no tar.gz (Z_DATA_ERROR)");
  await expect(readArchive(join(folder, "none.tar.gz"))).rejects.toThrow("the bundle archive cannot be read: ENOENT");
});
