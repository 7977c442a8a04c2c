import { type Block, eachLine, hashOfLine } from "./blocks.ts";
import type { LogTree } from "./log-tree.ts";
import type { TreeFolder } from "./tree-folder.ts";
import { CHECKPOINT_RECORDS } from "./tree-messages.ts";

interface KeptTreeOptions {
  readonly folder: TreeFolder;
  /** Leaves that may wait in memory while nothing can be written. */
  readonly mostUncovered: number;
  /** What keeps it from being written has changed; null for nothing. */
  told(problem: string | null): void;
}

/** A tree that grows with its lines, and is dropped when it grows too large while it cannot be written: the lines are in the files. */
export class KeptTree {
  readonly #options: KeptTreeOptions;
  #tree: LogTree | null;
  #problem: string | null = null;

  constructor(tree: LogTree, options: KeptTreeOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  /** @returns what keeps it from being written; null when it is */
  checkpoint(): string | null {
    const tree = this.#tree;
    if (tree === null) return this.#problem;
    return this.#tell(problemOf(tree, () => tree.checkpoint()));
  }

  #tell(problem: string | null): string | null {
    if (problem !== this.#problem) this.#options.told(problem);
    this.#problem = problem;
    return problem;
  }

  take(block: Block): void {
    const tree = this.#tree;
    if (tree === null) return;
    eachLine(block, (start, end) => tree.append(hashOfLine(block, start, end)));
    if (this.#problem !== null && tree.uncovered > this.#options.mostUncovered) this.#tree = null;
    // While it cannot be written, only `isOver` tries again.
    else if (this.#problem === null && tree.uncovered >= CHECKPOINT_RECORDS)
      this.#tell(problemOf(tree, () => tree.checkpointOfFullTiles()));
  }

  /** To be called every second. True when it was dropped and its folder can be written again: another one can be made from the files. */
  isOver(): boolean {
    if (this.#tree !== null) {
      this.checkpoint();
      return false;
    }
    try {
      this.#options.folder.tryToWrite();
      return true;
    } catch {
      return false;
    }
  }
}

function problemOf(tree: LogTree, checkpoint: () => void): string | null {
  try {
    checkpoint();
  } catch (failure) {
    return (failure as Error).message;
  }
  return tree.isLost
    ? "its folder was removed while the gateway ran; the tiles that are gone are made anew from the lines at the next start"
    : null;
}
