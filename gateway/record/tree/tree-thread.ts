import { createPrivateKey } from "node:crypto";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { eachLine, hashOfLine } from "./blocks.ts";
import type { LogTree } from "./log-tree.ts";
import { openTree } from "./open-tree.ts";
import { CHECKPOINT_MS, CHECKPOINT_RECORDS, type FromTree, type ToTree, type TreeThreadData } from "./tree-messages.ts";

/** Thread entry: takes the lines that are on disk into the tree, and writes tiles and checkpoints. */
const port = parentPort as MessagePort;
const { dir, freshOrigin, key, taken } = workerData as TreeThreadData;
const takenBytes = new BigInt64Array(taken);
const tell = (message: FromTree): void => port.postMessage(message);

let problem: string | null = null;

/** @returns what keeps it from being written; null when it is. It is tried again a second later. */
function checkpoint(tree: LogTree): string | null {
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

try {
  const { tree, end } = await openTree(dir, freshOrigin, createPrivateKey(key));
  // From the first line on there is a checkpoint that it follows on.
  checkpoint(tree);
  tell({ kind: "open", end });
  setInterval(() => checkpoint(tree), CHECKPOINT_MS);
  port.on("message", (message: ToTree) => {
    if (message.kind === "cover") return tell({ kind: "covered", id: message.id, problem: checkpoint(tree) });
    const block = Buffer.from(message.block.buffer, message.block.byteOffset, message.block.byteLength);
    eachLine(block, (start, stop) => tree.append(hashOfLine(block, start, stop)));
    Atomics.add(takenBytes, 0, BigInt(block.length));
    // While it cannot be written, only the timer tries again.
    if (problem === null && tree.uncovered >= CHECKPOINT_RECORDS) checkpoint(tree);
  });
} catch (failure) {
  tell({ kind: "unopened", problem: (failure as Error).message });
}
