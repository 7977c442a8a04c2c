import type { KeyObject } from "node:crypto";
import { parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { noteKey, signersOf } from "../../lib/tlog/note.ts";
import { recordIn } from "../segment-header.ts";
import { hashOfLine } from "./blocks.ts";
import { type PlacedSegment, placedSegments, walkLines } from "./line-walk.ts";
import { logKeysIn } from "./log-keys.ts";
import { LogTree } from "./log-tree.ts";
import { TreeFolder } from "./tree-folder.ts";

/** What was found when the tree was opened. */
export interface TreeEnd {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** Lines that were taken into the tree now: the gateway had ended before the tree had them. */
  readonly adopted: number;
  /** Lines at the end that the tree holds and the files do not. */
  readonly missing: number;
  /** What does not fit between the tree and the lines, or was wrong with the tree; null when nothing was. */
  readonly problem: string | null;
}

/**
 * Opens the tree of a log and brings it up to the lines that are there. A tree that is damaged is made anew from the lines;
 * where that does not lead to its newest checkpoint, it is kept aside and another one is begun.
 * @param freshOrigin of a tree that is begun now
 */
export async function openTree(
  dir: string,
  freshOrigin: string,
  privateKey: KeyObject,
): Promise<{ readonly tree: LogTree; readonly end: TreeEnd }> {
  const folder = new TreeFolder(dir);
  const segments = await placedSegments(dir);
  const newTree = (): LogTree => new LogTree(folder, freshOrigin, privateKey);
  let tree: LogTree;
  let problem: string | null = null;
  try {
    const found = LogTree.read(folder, privateKey) ?? begun(folder, privateKey);
    if (found === null && segments.some(({ header }) => header !== null))
      problem = "the tree over the log is gone; a new one begins";
    tree = found ?? newTree();
  } catch (failure) {
    const again = await rebuilt(dir, folder, segments, privateKey);
    problem = `the tree over the log was damaged (${(failure as Error).message}) and `;
    problem += again === null ? `is kept as ${folder.setAside()}; a new one begins` : "was made anew from the lines";
    tree = again ?? newTree();
  }
  let followed = await follow(dir, segments, tree);
  if (followed === null) {
    problem = `lines between the tree over the log and what follows are missing; the tree is kept as ${folder.setAside()}; a new one begins`;
    tree = newTree();
    followed = { adopted: 0, missing: 0, problem: null };
  }
  tree.announceKey();
  const { origin, size } = tree;
  return { tree, end: { ...followed, origin, size, problem: problem ?? followed.problem } };
}

/** The tree of a log that has a key and no checkpoint yet. */
function begun(folder: TreeFolder, privateKey: KeyObject): LogTree | null {
  const first = logKeysIn(folder.read("keys") ?? "")[0];
  return first === undefined ? null : new LogTree(folder, first.origin, privateKey);
}

/** Null when the lines do not lead to the newest checkpoint that can be read. */
async function rebuilt(
  dir: string,
  folder: TreeFolder,
  segments: readonly PlacedSegment[],
  privateKey: KeyObject,
): Promise<LogTree | null> {
  try {
    const checkpoint = parseCheckpoint(folder.read("checkpoint") ?? "") ?? folder.lastCheckpoint();
    if (checkpoint === null) return null;
    const { origin, size, root, note } = checkpoint;
    const keys = [noteKey(origin, privateKey), ...logKeysIn(folder.read("keys") ?? "").map(({ key }) => key)];
    if ((signersOf(note, keys) ?? []).length === 0) return null;
    const tree = new LogTree(folder, origin, privateKey);
    const begin = beginOf(segments, origin, 0);
    if (begin === null) return null;
    await walkLines(dir, segments.slice(begin.at), begin.leaf, ({ block, start, end }) => {
      if (tree.size < size) tree.append(hashOfLine(block, start, end));
      return tree.size < size;
    });
    return tree.size === size && tree.root().equals(root) ? tree : null;
  } catch {
    return null;
  }
}

/** Where to begin to have the lines from number `size` on: the last segment that begins at it or before. */
function beginOf(
  segments: readonly PlacedSegment[],
  origin: string,
  size: number,
): { readonly at: number; readonly leaf: number } | null {
  for (let at = segments.length - 1; at >= 0; at -= 1) {
    const header = segments[at]?.header ?? null;
    if (header !== null && header.log !== origin) return { at: at + 1, leaf: size };
    if (header !== null && header.leaf <= size) return { at, leaf: header.leaf };
  }
  // A log from before there were trees has all of its lines.
  const oldest = segments[0];
  if (oldest === undefined) return { at: 0, leaf: size };
  return oldest.header === null ? { at: 0, leaf: 0 } : null;
}

/** Takes the lines into the tree that it lacks. Null when the lines that follow on it are not there. */
async function follow(
  dir: string,
  segments: readonly PlacedSegment[],
  tree: LogTree,
): Promise<Pick<TreeEnd, "adopted" | "missing" | "problem"> | null> {
  const { size, origin } = tree;
  const begin = beginOf(segments, origin, size);
  if (begin === null) return null;
  const last = tree.lastLeaf();
  let problem: string | null = null;
  let next = begin.leaf;
  let seq = 0;
  let current: string | null = null;
  let isGap = false;
  await walkLines(dir, segments.slice(begin.at), begin.leaf, ({ leaf, segment, block, start, end }) => {
    const stop = (what: string): boolean => {
      problem = `${segment.file} ${what}`;
      return false;
    };
    if (segment.name !== current) isGap = segment.header !== null && segment.header.leaf !== leaf;
    if (isGap) return false;
    current = segment.name;
    next = leaf + 1;
    if (leaf < size - 1) return true;
    const record = recordIn(block.toString("utf8", start, end));
    const hash = hashOfLine(block, start, end);
    if (leaf === size - 1 && last !== null && !hash.equals(last)) return stop(`has another line ${leaf} than the tree`);
    if (record === null || record.seq <= seq) return stop(`has a line that is no record of the gateway`);
    seq = record.seq;
    if (leaf >= size) tree.append(hash);
    return true;
  });
  if (isGap) return null;
  const missing = problem === null ? Math.max(0, size - next) : 0;
  if (missing > 0) problem = `it lacks ${missing} lines at its end that the tree over it holds`;
  return { adopted: tree.size - size, missing, problem };
}
