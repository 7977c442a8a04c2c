import { type MessagePort, parentPort } from "node:worker_threads";
import { type ScanJob, scanSegment } from "./scan-segment.ts";
import type { FromScan } from "./segment-scans.ts";

/** Thread entry: looks through one segment after the other. */
const port = parentPort as MessagePort;
const tell = (message: FromScan): void => port.postMessage(message);

port.on("message", async (job: ScanJob) => {
  const scan = await scanSegment(job, (lines) => tell({ kind: "progress", lines }));
  tell({ kind: "scanned", scan });
});
