import { parentPort, workerData } from "node:worker_threads";
import { type JsonObject, piecesOf } from "../../lib/json.ts";
import type { LoadRequest, LoadReply } from "./load-on-thread.ts";
import { loadModule } from "./prepare.ts";

/** On a thread of its own: rewriting a module and putting megabytes of data into its memory takes long. */
async function answer({ wasm, data, limits, redirects }: LoadRequest): Promise<void> {
  const value = JSON.parse(Buffer.from(data).toString("utf8")) as JsonObject;
  const loaded = await loadModule(wasm, value, { limits, redirects });
  const reply: LoadReply = { loaded, pieces: piecesOf(value) };
  parentPort?.postMessage(reply, [loaded.snapshot.buffer]);
}

await answer(workerData as LoadRequest);
