import { createPrivateKey } from "node:crypto";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { KeptTree } from "./kept-tree.ts";
import { openTree } from "./open-tree.ts";
import { TreeFolder } from "./tree-folder.ts";
import { CHECKPOINT_MS, type FromTree, type ToTree, type TreeThreadData } from "./tree-messages.ts";

/** Thread entry: takes the lines that are on disk into the tree, and writes tiles and checkpoints. */
const port = parentPort as MessagePort;
const { dir, freshOrigin, key, taken, mostUncovered } = workerData as TreeThreadData;
const takenBytes = new BigInt64Array(taken);
const tell = (message: FromTree): void => port.postMessage(message);

try {
  const { tree, end } = await openTree(dir, freshOrigin, createPrivateKey(key));
  const told = (problem: string | null): void => tell({ kind: "state", problem });
  const kept = new KeptTree(tree, { folder: new TreeFolder(dir), mostUncovered, told });
  // From the first line on there is a checkpoint that it follows on.
  kept.checkpoint();
  tell({ kind: "open", end });
  // The next thread makes the tree from the files, between two writes to them.
  setInterval(() => kept.isOver() && process.exit(), CHECKPOINT_MS);
  port.on("message", (message: ToTree) => {
    if (message.kind === "cover") return tell({ kind: "covered", id: message.id, problem: kept.checkpoint() });
    const { buffer, byteOffset, byteLength } = message.block;
    kept.take(Buffer.from(buffer, byteOffset, byteLength));
    Atomics.add(takenBytes, 0, BigInt(buffer.byteLength));
  });
} catch (failure) {
  tell({ kind: "unopened", problem: (failure as Error).message });
}
