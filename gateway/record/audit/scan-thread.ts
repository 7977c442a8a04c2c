import { type MessagePort, parentPort } from "node:worker_threads";
import { type ScanJob, scanSegment } from "./scan-segment.ts";
import type { FromScan } from "./segment-scans.ts";

/** Thread entry: looks through one segment after the other. */
const port = parentPort as MessagePort;
const tell = (message: FromScan): void => port.postMessage(message);

// What fails here ends the thread, and the scan with its failure.
port.on("message", (job: ScanJob) => void run(job));

async function run(job: ScanJob): Promise<void> {
  const scan = await scanSegment(job, (lines) => tell({ kind: "progress", lines }));
  tell({ kind: "scanned", scan });
}
