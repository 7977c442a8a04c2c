import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArrived, takesDeltas } from "../../../gateway/bundle-services/arrived-bundle.ts";
import { archiveDigest } from "../../../gateway/bundles/archive/archive.ts";
import { packEntries, unpackEntries } from "../../../gateway/bundles/archive/entries.ts";
import type { Verify } from "../../../gateway/bundles/signatures/verify.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-arrived-"));
afterAll(() => rmSync(folder, { recursive: true }));

const signed = { keyId: "k", issuedAt: 1, content: "sha256:1", files: 1 };
const verify: Verify = () => Promise.resolve(signed);
const bundle = { persist: false, maxBytes: 1_000 };
const nothing = () => Promise.resolve(null);

async function archive(name: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  const file = join(folder, name);
  const entries = Object.entries(files).map(([path, value]) => ({
    header: { name: `/${path}` },
    bytes: Buffer.from(JSON.stringify(value)),
  }));
  await packEntries(entries, file);
  return file;
}

const delta = () => archive("delta", { "patch.json": { data: [{ op: "upsert", path: "/b", value: 2 }] } });

test.each([
  [false, null, true],
  [true, null, false],
  [false, verify, false],
])("takes deltas of a bundle that is kept: %s, and verified by %p: %s", (persist, verifies, taken) => {
  expect(takesDeltas({ persist }, verifies)).toBe(taken);
});

test("refuses a delta whose bundle has to be signed, or is kept, and leaves it as it is", async () => {
  const file = await delta();
  const before = await archiveDigest(file);
  await expect(readArrived(file, { bundle, verify, base: nothing })).rejects.toMatchObject({
    problem: "bundle_unsigned",
    message: "a delta bundle cannot be signed, and this bundle has to be",
  });
  await expect(
    readArrived(file, { bundle: { ...bundle, persist: true }, verify: null, base: nothing }),
  ).rejects.toThrow("a delta bundle cannot be kept for the next start");
  expect(await archiveDigest(file)).toBe(before);
});

test("writes what a delta makes of the active bundle in its place, and reads a snapshot as it is", async () => {
  const base = await archive("base", { "data.json": { a: 1 }, ".manifest": { revision: "r-0" } });
  const file = await delta();
  const arrived = await readArrived(file, { bundle, verify: null, base: () => Promise.resolve(base) });
  expect(arrived).toEqual({ digest: await archiveDigest(file), revision: null, signed: null, type: "delta" });
  const data = (await unpackEntries(file)).find(({ header }) => header.name === "/data.json");
  expect(JSON.parse(data?.bytes.toString() ?? "")).toEqual({ a: 1, b: 2 });
  expect(await readArrived(base, { bundle, verify, base: nothing })).toEqual({
    digest: await archiveDigest(base),
    revision: "r-0",
    signed,
    type: "snapshot",
  });
});

test("takes no file with more bytes than the limit, and one with as many", async () => {
  const large = await archive("large", { "data.json": "x".repeat(998) });
  await expect(
    readArrived(large, { bundle: { ...bundle, maxBytes: 999 }, verify: null, base: nothing }),
  ).rejects.toThrow("data.json has 1000 bytes, and size_limit_bytes is 999");
  await expect(readArrived(large, { bundle, verify: null, base: nothing })).resolves.toMatchObject({
    type: "snapshot",
  });
});
