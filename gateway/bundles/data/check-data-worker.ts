import { parentPort, workerData } from "node:worker_threads";
import type { SourceFile } from "../sources.ts";
import { checkDataFiles } from "./check-data.ts";

/** On a thread of its own: data may be megabytes, and requests are being answered meanwhile. */
const files = workerData as readonly { readonly path: string; readonly bytes: Uint8Array }[];
const copies = files.map(({ path, bytes }): SourceFile => ({
  path,
  bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
}));
parentPort?.postMessage(checkDataFiles(copies));
