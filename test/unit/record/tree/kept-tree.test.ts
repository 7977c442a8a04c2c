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

test("after 1,000 lines a checkpoint covers the full tiles at once, and that of the second covers what fills none", () => {
  const dir = mkdtempSync(join(tmpdir(), "kept-tree-"));
  try {
    const folder = new TreeFolder(dir);
    const tree = new LogTree(folder, "example.com/log", privateKey);
    const kept = new KeptTree(tree, { folder, mostUncovered: 100_000, told: () => undefined });
    const placed = () => parseCheckpoint(folder.read("checkpoint") ?? "")?.size;
    const read = () => LogTree.read(folder, privateKey);
    kept.take(lines(999));
    expect([placed(), tree.uncovered]).toEqual([undefined, 999]);
    kept.take(lines(1));
    expect([placed(), tree.uncovered, read()?.size]).toEqual([768, 232, 768]);
    expect(existsSync(join(folder.path, "tile", "0", "003.p"))).toBe(false);
    expect(kept.isOver()).toBe(false);
    expect([placed(), tree.uncovered, read()?.root()]).toEqual([1_000, 0, tree.root()]);
    kept.take(lines(1_000));
    expect([placed(), tree.uncovered, existsSync(join(folder.path, "tile", "0", "003.p"))]).toEqual([
      1_792,
      208,
      false,
    ]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
