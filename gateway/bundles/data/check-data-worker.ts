import { parentPort, workerData } from "node:worker_threads";
import type { SourceFile } from "../sources.ts";
import { checkDataFiles } from "./check-data.ts";

/** Runs checkDataFiles in a worker thread: data may be megabytes, and the main thread serves requests. */
const files = workerData as readonly (Omit<SourceFile, "bytes"> & { readonly bytes: Uint8Array })[];
const copies = files.map(({ bytes, ...file }): SourceFile => ({
  ...file,
  bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
}));
parentPort?.postMessage(checkDataFiles(copies));
