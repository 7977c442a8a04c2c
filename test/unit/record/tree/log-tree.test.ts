import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { Frontier, leafHash } from "../../../../gateway/lib/tlog/merkle.ts";
import { LogTree } from "../../../../gateway/record/tree/log-tree.ts";
import { TreeFolder } from "../../../../gateway/record/tree/tree-folder.ts";

const traced = fileURLToPath(new URL("../../../support/record/traced-checkpoint.ts", import.meta.url));

const { privateKey } = generateKeyPairSync("ed25519");
let dir: string;
let folder: TreeFolder;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "log-tree-"));
  folder = new TreeFolder(dir);
});
afterEach(() => rmSync(dir, { recursive: true }));

const leaf = (n: number): Buffer => leafHash(Buffer.from(String(n)));
const rootOf = (count: number): Buffer => {
  const frontier = new Frontier();
  for (let n = 0; n < count; n += 1) frontier.append(leaf(n), () => undefined);
  return frontier.root();
};

function grow(tree: LogTree, count: number): void {
  for (let end = tree.size + count; tree.size < end;) tree.append(leaf(tree.size));
}

test("a tree is read back as it was at its newest checkpoint, however often and wherever it was written", () => {
  const tree = new LogTree(folder, "example.com/log", privateKey);
  for (const count of [1, 254, 1, 1, 255, 300, 65_000]) {
    grow(tree, count);
    tree.checkpoint();
    const again = LogTree.read(folder, privateKey);
    expect([again?.size, again?.root(), again?.lastLeaf()]).toEqual([tree.size, tree.root(), leaf(tree.size - 1)]);
  }
  expect(tree.root()).toEqual(rootOf(tree.size));
  expect(existsSync(join(folder.path, "tile", "0", "000.p"))).toBe(false);
  expect(LogTree.read(new TreeFolder(join(dir, "other")), privateKey)).toBeNull();
});

test("what cannot be written stays in memory until it can be", () => {
  const tree = new LogTree(folder, "example.com/log", privateKey);
  grow(tree, 300);
  writeFileSync(folder.path, "a file where the folder was");
  expect(() => tree.checkpoint()).toThrow();
  expect(tree.uncovered).toBe(300);
  rmSync(folder.path);
  grow(tree, 300);
  tree.checkpoint();
  expect([tree.uncovered, LogTree.read(folder, privateKey)?.root()]).toEqual([0, rootOf(600)]);
});

test("a crash between the tiles and their checkpoint leaves the checkpoint before it", () => {
  const tree = new LogTree(folder, "example.com/log", privateKey);
  grow(tree, 200);
  tree.checkpoint();
  const before = folder.read("checkpoint") ?? "";
  grow(tree, 100);
  tree.checkpoint();
  // The tile is full, the partial one is gone, and the newer checkpoint was never written.
  writeFileSync(join(folder.path, "checkpoint"), before);
  writeFileSync(join(folder.path, "checkpoints"), `${before}\n`);
  const again = LogTree.read(folder, privateKey);
  expect([again?.size, again?.root()]).toEqual([200, rootOf(200)]);
  if (again !== null) grow(again, 60);
  again?.checkpoint();
  expect(LogTree.read(folder, privateKey)?.root()).toEqual(rootOf(260));
});

test("a checkpoint that a crash kept from its place is put there by the next start", () => {
  const tree = new LogTree(folder, "example.com/log", privateKey);
  grow(tree, 3);
  tree.checkpoint();
  const before = folder.read("checkpoint") ?? "";
  grow(tree, 3);
  tree.checkpoint();
  const after = folder.read("checkpoint");
  for (const left of [before, ""]) {
    writeFileSync(join(folder.path, "checkpoint"), left);
    LogTree.read(folder, privateKey)?.checkpoint();
    expect(folder.read("checkpoint")).toBe(after);
  }
});

test("tiles and their names are on disk before the history has their checkpoint, and what they replace goes after it", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [traced, dir]);
  const events = JSON.parse(stdout) as string[];
  const history = events.flatMap((event, at) => (event === "append tlog/checkpoints" ? [at] : []));
  expect(history.length).toBe(2);
  for (const [from, to] of [
    [0, history[0]],
    [history[0], history[1]],
  ] as const) {
    const before = events.slice(from, to);
    const placed = before.filter((event) => event.startsWith("place tlog/tile/")).map((event) => event.slice(6));
    expect(placed.length).toBeGreaterThan(0);
    for (const tile of placed) {
      expect(before[before.indexOf(`place ${tile}`) - 1]).toBe(`sync ${tile}.new`);
      expect(before.indexOf(`sync ${dirname(tile)}`)).toBeGreaterThan(before.indexOf(`place ${tile}`));
    }
  }
  for (const made of ["", "tlog", "tlog/tile", "tlog/tile/0"])
    expect(events.slice(0, history[0])).toContain(`sync ${made}`);
  expect(events.indexOf("remove tlog/tile/0/000.p")).toBeGreaterThan(history[1] ?? Infinity);
});

test("what a crash left of a checkpoint in the history is cut off", () => {
  const tree = new LogTree(folder, "example.com/log", privateKey);
  grow(tree, 3);
  tree.checkpoint();
  const history = folder.read("checkpoints") ?? "";
  writeFileSync(join(folder.path, "checkpoints"), `${history}example.com/log\n4\nabc`);
  expect(folder.lastCheckpoint()?.size).toBe(3);
  expect(folder.read("checkpoints")).toBe(history);
  expect(parseCheckpoint(history.slice(0, -1))?.size).toBe(3);
});

test.each([
  ["of a stranger", () => generateKeyPairSync("ed25519").privateKey, "is not signed by a key of this log"],
  [
    "with a tile that was changed",
    () => (writeFileSync(join(folder.path, "tile/0/000.p/3"), Buffer.alloc(96)), privateKey),
    "do not lead to the root",
  ],
  [
    "with a tile that was cut",
    () => (writeFileSync(join(folder.path, "tile/0/000.p/3"), Buffer.alloc(32)), privateKey),
    "has not the width",
  ],
])("a tree %s is not taken", (_what, change, problem) => {
  const tree = new LogTree(folder, "example.com/log", privateKey);
  grow(tree, 3);
  tree.checkpoint();
  const key = change();
  if (key !== privateKey) rmSync(join(folder.path, "keys"));
  expect(() => LogTree.read(folder, key)).toThrow(problem);
});
