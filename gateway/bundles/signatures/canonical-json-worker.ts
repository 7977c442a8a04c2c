import { parentPort, workerData } from "node:worker_threads";
import { canonicalJson } from "./file-hash.ts";

/** On a thread of its own: data may be megabytes, and requests are being answered meanwhile. */
parentPort?.postMessage(canonicalJson(workerData as Uint8Array));
