import { getCompileCacheDir } from "node:module";
import { parentPort } from "node:worker_threads";

/** Says where this thread finds compiled code. */
parentPort?.postMessage(getCompileCacheDir() ?? "nowhere");
