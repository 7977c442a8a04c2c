/** In the place of the thread of a tree: takes nothing in, and ends when a checkpoint is asked for. */
import { parentPort } from "node:worker_threads";
import type { FromTree, ToTree } from "../../../gateway/record/tree/tree-messages.ts";

const end = { origin: "example.com/gw-1", size: 0, adopted: 0, missing: 0, problem: null };
parentPort?.on("message", ({ kind }: ToTree) => {
  if (kind === "cover") throw new Error("it was made to fail");
});
parentPort?.postMessage({ kind: "open", end } satisfies FromTree);
