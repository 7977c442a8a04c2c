import { parentPort } from "node:worker_threads";
import type { ToScan } from "../../../gateway/record/audit/segment-scans.ts";
import "../../../gateway/record/audit/scan-thread.ts";

/** Looks through segments as ever, and fails at the third. */
parentPort?.on("message", (message: ToScan) => {
  if (message.kind === "scan" && message.job.segment.number === 3) throw new Error("this thread fails");
});
