import { Worker } from "node:worker_threads";
import { type JsonObject, joinPieces, type Piece } from "../../lib/json.ts";
import type { Redirect } from "../fuel/meter.ts";
import type { PolicyLimits } from "./limits.ts";
import type { LoadedModule } from "./prepare.ts";

export interface LoadRequest {
  readonly wasm: Uint8Array;
  /** The bytes of data.json. */
  readonly data: Uint8Array;
  readonly limits: PolicyLimits;
  readonly redirects: readonly Redirect[];
}

export interface LoadReply {
  readonly loaded: LoadedModule;
  readonly pieces: readonly Piece[];
}

/**
 * `loadModule` on a thread of its own, and the data as objects of this one. The memory comes without a copy, the data in
 * pieces: no turn of this thread's event loop gets longer with its size.
 * @throws Error as `loadModule`, and for data that is not JSON
 */
export async function loadOnThread(request: LoadRequest): Promise<{ loaded: LoadedModule; data: JsonObject }> {
  const { loaded, pieces } = await reply(request);
  return { loaded, data: (await joinPieces(pieces)) as JsonObject };
}

function reply({ wasm, data, limits, redirects }: LoadRequest): Promise<LoadReply> {
  // What answers a redirect is a function, which stays here.
  const plain = redirects.map(({ native, id, onlyForSetAt }): Redirect => ({ native, id, onlyForSetAt }));
  const workerData: LoadRequest = { wasm, data, limits, redirects: plain };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./load-worker.ts", import.meta.url), { workerData });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that loads the policy ended without an answer")));
  });
}
