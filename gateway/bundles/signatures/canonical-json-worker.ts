import { parentPort, workerData } from "node:worker_threads";
import { canonicalJson } from "./file-hash.ts";

/** Runs canonicalJson in a worker thread: data may be megabytes, and the main thread serves requests. */
parentPort?.postMessage(canonicalJson(workerData as Uint8Array));
