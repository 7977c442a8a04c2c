import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type SaidByLines, scanSegment } from "./scan-segment.ts";
import type { FromScan, ScanThreadData, ToScan } from "./segment-scans.ts";

/** Thread entry: looks through one segment after the other. */
const port = parentPort as MessagePort;
const tell = (message: FromScan): void => port.postMessage(message);

const { mostUnheard } = workerData as ScanThreadData;
let unheard = 0;
let goOn: (() => void) | null = null;

// What fails here ends the thread, and the scan with its failure.
port.on("message", (message: ToScan) => {
  if (message.kind === "scan") return void run(message);
  unheard -= 1;
  goOn?.();
  goOn = null;
});

async function run({ job }: ToScan & { readonly kind: "scan" }): Promise<void> {
  const scan = await scanSegment(job, { said, progress: (lines) => tell({ kind: "progress", lines }) });
  tell({ kind: "scanned", scan });
}

async function said(lines: SaidByLines): Promise<void> {
  tell({ kind: "said", lines });
  unheard += 1;
  if (unheard >= mostUnheard) await new Promise<void>((resolve) => (goOn = resolve));
}
