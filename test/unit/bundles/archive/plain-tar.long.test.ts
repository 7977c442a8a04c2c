import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const good = { "/data.json": '{"a":1}', "/.manifest": '{"revision":"r1","roots":[""]}', "/policy.wasm": "wasm" };
const END = 1024;

async function tarOf(files: Readonly<Record<string, string>>, header: Partial<Header> = {}): Promise<Buffer> {
  const packed = pack();
  for (const [name, text] of Object.entries(files)) packed.entry({ ...header, name }, text);
  packed.finalize();
  return buffer(packed);
}

async function archiveOf(...parts: readonly (Buffer | string)[]): Promise<string> {
  const file = join(folder, "b.tar.gz");
  await writeFile(file, Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))));
  return file;
}

/** The header of the first entry with other bytes in it, and its checksum right again. */
function withHeader(tar: Buffer, at: number, text: string): Buffer {
  const changed = Buffer.from(tar);
  changed.write(text, at, "latin1");
  changed.write("        ", 148, "latin1");
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return changed;
}

test("refuses what lies behind the end marker, which OPA does not read", async () => {
  const first = await tarOf(good);
  const second = await tarOf({ "/x/data.json": '{"b":2}' });
  const file = await archiveOf(gzipSync(Buffer.concat([first, second])));
  const { stdout } = await promisify(execFile)("opa", ["eval", "--bundle", file, "data", "--format", "raw"]);
  expect(JSON.parse(stdout)).toEqual({ a: 1 });
  await expect(readArchive(file)).rejects.toThrow("bytes behind its end marker");
});

test("reads zeros behind the end marker, and a second part of the compressed stream, as OPA does", async () => {
  const tar = await tarOf(good);
  const [one, two] = [gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))];
  expect((await readArchive(await archiveOf(one, two))).data).toEqual({ a: 1 });
  const padded = gzipSync(Buffer.concat([tar, Buffer.alloc(10_240)]));
  expect((await readArchive(await archiveOf(padded))).data).toEqual({ a: 1 });
});

test("reads an entry with a long name, as opa build writes it", async () => {
  const long = await tarOf({ ...good, [`/${"a/".repeat(150)}ä.rego`]: "package a" });
  expect((await readArchive(await archiveOf(gzipSync(long)))).revision).toBe("r1");
});

test("refuses more padding than an archive may be long", async () => {
  const padding = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const file = await archiveOf(gzipSync(await tarOf(good)), padding, padding, padding, padding);
  await expect(readArchive(file)).rejects.toThrow("unpacks to more than 268435456 bytes");
});

test.each([
  ["zeros", "\0\0", "bytes behind its end"],
  ["letters", "more", /bundle archive .* is damaged, or is no tar\.gz \(Z_DATA_ERROR\)/],
])("refuses %s behind the compressed stream", async (_name, more, message) => {
  const file = await archiveOf(gzipSync(await tarOf(good)), more);
  await expect(readArchive(file)).rejects.toThrow(message);
});

const hostile: readonly (readonly [name: string, change: (tar: Buffer) => Buffer, message: string])[] = [
  ["no end marker", (tar) => tar.subarray(0, -END), "has no end marker"],
  ["half an end marker", (tar) => tar.subarray(0, -512), "has no end marker"],
  ["an end marker that is cut", (tar) => tar.subarray(0, -1), "is cut off"],
  [
    "a size that is not octal",
    (tar) => withHeader(tar, 124, "\x80\0\0\0\0\0\0\0\0\0\0\x07"),
    "whose size is not octal",
  ],
  ["a size that only looks octal", (tar) => withHeader(tar, 124, "0000000007x "), "whose size is not octal"],
  ["a wrong checksum", (tar) => Buffer.from(tar).fill("7", 148, 152), "wrong checksum"],
  ["no magic", (tar) => withHeader(tar, 257, "\0\0\0\0\0\0\0\0"), "no tar archive of POSIX or GNU"],
  ["star's magic", (tar) => withHeader(tar, 508, "tar\0"), "is a tar archive of star"],
  ["a sparse file", (tar) => withHeader(tar, 156, "S"), 'an entry of type "S"'],
  ["global attributes", (tar) => withHeader(tar, 156, "g"), 'an entry of type "g"'],
  ["a file named as a directory", (tar) => withHeader(tar, 0, "/data.json/"), "a file that is named as a directory"],
  ["a directory with content", (tar) => withHeader(tar, 156, "5"), "a directory with content"],
];

test.each(hostile)("refuses an archive with %s", async (_name, change, message) => {
  const file = await archiveOf(gzipSync(change(await tarOf(good))));
  await expect(readArchive(file)).rejects.toThrow(message);
});

test.each([
  [{ "GNU.sparse.major": "1" }, 'the attribute "GNU.sparse.major" of PAX'],
  [{ size: "3" }, 'the attribute "size" of PAX'],
  [{ path: "" }, "attributes of PAX that cannot be read"],
  [{ path: "x/" }, "a name of PAX that ends with a slash"],
])("refuses attributes of PAX that readers take in two ways: %j", async (pax, message) => {
  const tar = await tarOf(good, { pax });
  await expect(readArchive(await archiveOf(gzipSync(tar)))).rejects.toThrow(message);
});

test.each([
  "x/data.json",
  "data.yaml",
  "x/data.yml",
  "x/.manifest",
  "x.manifest",
  ".manifest.pb",
  "x/policy.wasm",
  "patch.json",
])("refuses an entry that OPA would read besides those that are read here: %s", async (name) => {
  const tar = await tarOf({ ...good, [`/${name}`]: "{}" });
  await expect(readArchive(await archiveOf(gzipSync(tar)))).rejects.toThrow("would be read by OPA");
});
