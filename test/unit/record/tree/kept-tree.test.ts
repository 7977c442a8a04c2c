import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { KeptTree } from "../../../../gateway/record/tree/kept-tree.ts";
import { LogTree } from "../../../../gateway/record/tree/log-tree.ts";
import { TreeFolder } from "../../../../gateway/record/tree/tree-folder.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const lines = (count: number): Buffer => Buffer.from(`\n${"{}\n".repeat(count)}`);

test("a tree that cannot be written waits, is dropped when it is too large, and is over when its folder can be written", () => {
  const dir = mkdtempSync(join(tmpdir(), "kept-tree-"));
  try {
    const folder = new TreeFolder(dir);
    const told: (string | null)[] = [];
    const tree = new LogTree(folder, "example.com/log", privateKey);
    const kept = new KeptTree(tree, { folder, mostUncovered: 20, told: (problem) => told.push(problem) });
    kept.take(lines(1_000));
    expect([kept.checkpoint(), tree.uncovered]).toEqual([null, 0]);
    rmSync(folder.path, { recursive: true });
    writeFileSync(folder.path, "a file where the folder was");
    kept.take(lines(20));
    expect([kept.checkpoint(), kept.isOver()]).toEqual([expect.stringContaining("ENOTDIR"), false]);
    kept.take(lines(1));
    kept.take(lines(5));
    expect([tree.size, kept.isOver(), kept.checkpoint()]).toEqual([1_021, false, expect.stringContaining("ENOTDIR")]);
    rmSync(folder.path);
    expect([kept.isOver(), told]).toEqual([true, [expect.stringContaining("ENOTDIR")]]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("after 1,000 lines the history covers the full tiles at once, and the checkpoint of the second covers what fills none", () => {
  const dir = mkdtempSync(join(tmpdir(), "kept-tree-"));
  try {
    const folder = new TreeFolder(dir);
    const tree = new LogTree(folder, "example.com/log", privateKey);
    const kept = new KeptTree(tree, { folder, mostUncovered: 100_000, told: () => undefined });
    const placed = () => parseCheckpoint(folder.read("checkpoint") ?? "")?.size;
    const noted = () => folder.lastCheckpoint()?.size;
    const read = () => LogTree.read(folder, privateKey);
    const has = (tile: string) => existsSync(join(folder.path, "tile", tile));
    kept.checkpoint();
    kept.take(lines(999));
    expect([placed(), noted(), tree.uncovered]).toEqual([0, 0, 999]);
    kept.take(lines(1));
    expect([placed(), noted(), tree.uncovered, read()?.size]).toEqual([0, 768, 232, 768]);
    expect([has("0/002"), has("0/003.p"), has("1/000.p")]).toEqual([true, false, false]);
    expect(kept.isOver()).toBe(false);
    expect([placed(), noted(), tree.uncovered, read()?.root()]).toEqual([1_000, 1_000, 0, tree.root()]);
    kept.take(lines(1_000));
    expect([placed(), noted(), tree.uncovered]).toEqual([1_000, 1_792, 208]);
    expect([has("0/003.p/232"), has("1/000.p/3"), has("1/000.p/7")]).toEqual([true, true, false]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a tree whose newest checkpoint is in the history alone goes on with what follows from its full tiles", () => {
  const dir = mkdtempSync(join(tmpdir(), "kept-tree-"));
  try {
    const folder = new TreeFolder(dir);
    const tree = new LogTree(folder, "example.com/log", privateKey);
    const kept = new KeptTree(tree, { folder, mostUncovered: 100_000, told: () => undefined });
    const has = (tile: string) => existsSync(join(folder.path, "tile", tile));
    // Three levels, of which none above the leaves is written yet but where it is full.
    for (let block = 0; block < 67; block += 1) kept.take(lines(1_000));
    const size = 67_000 - (67_000 % 256);
    expect([folder.read("checkpoint"), folder.lastCheckpoint()?.size]).toEqual([null, size]);
    const again = LogTree.read(folder, privateKey);
    expect([again?.size, again?.lastLeaf()]).toEqual([size, tree.lastLeaf()]);
    again?.checkpoint();
    expect(parseCheckpoint(folder.read("checkpoint") ?? "")?.root).toEqual(again?.root());
    expect([has("1/001.p/5"), has("2/000.p/1")]).toEqual([true, true]);
    rmSync(join(folder.path, "tile", "0", "005"));
    rmSync(join(folder.path, "tile", "1"), { recursive: true });
    expect(() => LogTree.read(folder, privateKey)).toThrow("tiles of level 1 are gone");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
