import { Worker } from "node:worker_threads";
import { canonicalJson } from "./canonical.ts";

/** Starting a thread takes longer than what is smaller. */
const SMALL_BYTES = 64 * 1024;

/** `canonicalJson` without holding up requests. @throws Error as that does */
export async function canonicalAside(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= SMALL_BYTES) return canonicalJson(bytes);
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./canonical-worker.ts", import.meta.url), { workerData: bytes });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that reads it ended without an answer")));
  });
}
