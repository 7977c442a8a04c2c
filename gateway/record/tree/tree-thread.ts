import { createPrivateKey } from "node:crypto";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { eachLine, hashOfLine } from "./blocks.ts";
import type { LogTree } from "./log-tree.ts";
import { openTree } from "./open-tree.ts";
import { TreeFolder } from "./tree-folder.ts";
import { CHECKPOINT_MS, CHECKPOINT_RECORDS, type FromTree, type ToTree, type TreeThreadData } from "./tree-messages.ts";

/** Thread entry: takes the lines that are on disk into the tree, and writes tiles and checkpoints. */
const port = parentPort as MessagePort;
const { dir, freshOrigin, key, taken, mostUncovered } = workerData as TreeThreadData;
const takenBytes = new BigInt64Array(taken);
const tell = (message: FromTree): void => port.postMessage(message);

/** Null when it grew too large while it could not be written. The lines are in the files. */
let tree: LogTree | null = null;
let problem: string | null = null;

/** @returns what keeps it from being written; null when it is. It is tried again a second later. */
function checkpoint(): string | null {
  if (tree === null) return problem;
  let found: string | null = null;
  try {
    tree.checkpoint();
  } catch (failure) {
    found = (failure as Error).message;
  }
  if (found === null && tree.isLost)
    found =
      "its folder was removed while the gateway ran; the tiles that are gone are made anew from the lines at the next start";
  if (found !== problem) tell({ kind: "state", problem: found });
  problem = found;
  return found;
}

function take(block: Buffer): void {
  if (tree === null) return;
  const grown = tree;
  eachLine(block, (start, stop) => grown.append(hashOfLine(block, start, stop)));
  if (problem !== null && tree.uncovered > mostUncovered) tree = null;
  // While it cannot be written, only the timer tries again.
  else if (problem === null && tree.uncovered >= CHECKPOINT_RECORDS) checkpoint();
}

/** The thread ends when the folder can be written again: the next one has the tree from the files, between two writes to them. */
function tryAgain(): void {
  if (tree !== null) return void checkpoint();
  try {
    new TreeFolder(dir).tryToWrite();
  } catch {
    return;
  }
  process.exit();
}

try {
  const opened = await openTree(dir, freshOrigin, createPrivateKey(key));
  ({ tree } = opened);
  // From the first line on there is a checkpoint that it follows on.
  checkpoint();
  tell({ kind: "open", end: opened.end });
  setInterval(tryAgain, CHECKPOINT_MS);
  port.on("message", (message: ToTree) => {
    if (message.kind === "cover") return tell({ kind: "covered", id: message.id, problem: checkpoint() });
    const { buffer, byteOffset, byteLength } = message.block;
    take(Buffer.from(buffer, byteOffset, byteLength));
    Atomics.add(takenBytes, 0, BigInt(buffer.byteLength));
  });
} catch (failure) {
  tell({ kind: "unopened", problem: (failure as Error).message });
}
