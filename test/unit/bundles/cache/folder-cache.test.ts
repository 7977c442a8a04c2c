import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FolderCacheOptions, openFolderCache } from "../../../../gateway/bundles/cache/folder-cache.ts";
import type { Logger } from "../../../../gateway/domain/ports.ts";

let root: string;
let folder: string;
let told: string[];
let now: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sallyport-cache-"));
  folder = join(root, "cache");
  told = [];
  now = 1_750_000_000_000;
});
afterEach(() => rmSync(root, { recursive: true }));

const open = (change: Partial<FolderCacheOptions> = {}) => {
  const tell = (message: string, fields?: object): void => void told.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell };
  const clock = { now: () => now };
  const key = Buffer.alloc(32, "k");
  return openFolderCache({ folder, key, maxBytes: 4_096, identity: async () => "code 1", clock, logger, ...change });
};
const entries = (): string[] => readdirSync(folder).toSorted();
const entry = (index = 0): string => join(folder, entries()[index] ?? "none");
const text = (content: Buffer | null): string | null => content?.toString() ?? null;

test("gives what was put under exactly the same parts, and nothing that other code made", async () => {
  const cache = await open();
  await cache.put("rules", ["a", "b"], Buffer.from("made of a and b"));
  const asked = [["a", "b"], ["ab"], ["a", "b", ""], ["b", "a"]];
  const found = await Promise.all(asked.map(async (parts) => text(await cache.get("rules", parts))));
  expect(found).toEqual(["made of a and b", null, null, null]);
  expect(await cache.get("policy", ["a", "b"])).toBeNull();
  const again = await open();
  expect(text(await again.get("rules", ["a", "b"]))).toBe("made of a and b");
  const other = await open({ identity: async () => "code 2" });
  expect(await other.get("rules", ["a", "b"])).toBeNull();
  expect(told).toEqual([]);
  expect([statSync(folder).mode & 0o777, statSync(entry()).mode & 0o777]).toEqual([0o700, 0o600]);
});

test("has an entry made when it is written, and keeps nothing when that fails", async () => {
  const cache = await open();
  await cache.put("rules", ["one"], async () => Buffer.from("made late"));
  await cache.put("rules", ["two"], () => Promise.reject(new Error("no memory")));
  expect([text(await cache.get("rules", ["one"])), await cache.get("rules", ["two"])]).toEqual(["made late", null]);
  expect(told).toEqual([expect.stringContaining("the policy cache could not be written")]);
});

test.each([
  ["has another byte", () => flip(entry())],
  ["is cut off", () => truncateSync(entry(), 40)],
  ["is empty", () => truncateSync(entry(), 0)],
  ["was made for other parts and renamed", () => renameSync(entry(1), entry(0))],
  ["is a link", () => linked(entry())],
  ["is a folder", () => replacedByFolder(entry())],
  ["is larger than the whole cache may be", () => truncateSync(entry(), 5_000)],
])("does not use an entry that %s, tells it, and takes the next one", async (_how, spoil) => {
  const cache = await open();
  const parts = [["one"], ["two"]];
  for (const each of parts) await cache.put("rules", each, Buffer.from(`rules of ${each[0]}`));
  spoil();
  const found = await Promise.all(parts.map((each) => cache.get("rules", each)));
  expect(found.filter((content) => content !== null).length).toBe(entries().length - 1);
  expect(told).toEqual([
    expect.stringMatching(/^an entry of the policy cache is not used; it is built anew .*"rules-/),
  ]);
});

test("uses no entry that was authenticated with another key", async () => {
  await (await open({ key: Buffer.alloc(32, "x") })).put("rules", ["one"], Buffer.from("allow everything"));
  expect(await (await open()).get("rules", ["one"])).toBeNull();
  expect(told).toEqual([expect.stringContaining("it is not as it was written")]);
});

test.each([
  ["is open to others", () => (mkdirSync(folder), chmodSync(folder, 0o750)), "is open to others (chmod 700)"],
  ["is a link", () => symlinkSync(root, folder), "is a link or no folder"],
  ["cannot be made", () => writeFileSync(folder, ""), "cannot be made (EEXIST)"],
])("refuses a folder that %s", async (_what, make, why) => {
  make();
  const refused = { name: "CannotStart", code: "policy_cache_unusable", message: expect.stringContaining(why) };
  await expect(open()).rejects.toMatchObject(refused);
});

test("keeps what was used last within its size, and nothing that is too large to leave room for others", async () => {
  const cache = await open();
  for (const name of ["one", "two", "three"]) {
    now += 60_000;
    await cache.put("rules", [name], Buffer.alloc(1_200, name));
  }
  now += 60_000;
  expect(await cache.get("rules", ["one"])).not.toBeNull();
  now += 60_000;
  await cache.put("rules", ["four"], Buffer.alloc(1_200, "four"));
  const kept = await Promise.all(["one", "two", "three", "four", "large"].map((name) => cache.get("rules", [name])));
  expect(kept.map((content) => content !== null)).toEqual([true, false, true, true, false]);
  await cache.put("rules", ["large"], Buffer.alloc(2_048));
  expect(entries()).toHaveLength(3);
});

test("goes on without what it cannot write, and tells it", async () => {
  const cache = await open();
  rmSync(folder, { recursive: true });
  await cache.put("rules", ["one"], Buffer.from("x"));
  expect(await cache.get("rules", ["one"])).toBeNull();
  expect(told).toEqual([expect.stringMatching(/^the policy cache could not be written .*ENOENT/)]);
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

function linked(file: string): void {
  renameSync(file, join(root, "elsewhere"));
  symlinkSync(join(root, "elsewhere"), file);
}

function replacedByFolder(file: string): void {
  rmSync(file);
  mkdirSync(file);
}
