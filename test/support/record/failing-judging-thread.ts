import { parentPort } from "node:worker_threads";
import type { ToJudging } from "../../../gateway/cli/policy/change/judging-threads.ts";
import "../../../gateway/cli/policy/change/judging-thread.ts";

let batches = 0;

/** Judges batches as ever, and fails at the third. */
parentPort?.on("message", (_message: ToJudging) => {
  batches += 1;
  if (batches === 3) throw new Error("this thread fails");
});
