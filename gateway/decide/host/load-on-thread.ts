import { afterGrowth, givenInTurns } from "../../lib/bytes-in-turns.ts";
import { type JsonObject, joinPieces, type Piece } from "../../lib/json.ts";
import { ResidentThread } from "../../lib/resident-thread.ts";
import type { Redirect } from "../fuel/meter.ts";
import type { PolicyLimits } from "./limits.ts";
import type { CompiledModule, LoadedModule } from "./prepare.ts";

export interface CompileRequest {
  readonly wasm: Uint8Array;
  readonly redirects: readonly Redirect[];
}

/** A module that was compiled before. */
export interface KeptModule {
  /** The module and its redirects. */
  readonly of: string;
  /** Another one each time that it is compiled. */
  readonly key: string;
  readonly compiled: CompiledModule;
}

export interface LoadRequest extends CompileRequest {
  /** Taken when it is that module: compiling takes long, and of another one nothing would be optimised. */
  readonly kept: KeptModule | null;
  /** The bytes of data.json, which are given away. */
  readonly data: Uint8Array;
  readonly limits: PolicyLimits;
  /** Members of the data that come back as objects; null: all. */
  readonly documents: readonly string[] | null;
}

export interface LoadReply {
  readonly loaded: LoadedModule;
  /** The module of the request, for the next one. */
  readonly kept: KeptModule;
  readonly pieces: readonly Piece[];
}

/** One for all policies of the process. */
export const loadThread = new ResidentThread({
  file: new URL("./load-worker.ts", import.meta.url),
  task: "loads the policy",
});

/**
 * `loadModule` on the load thread, and the data as objects of this one. The memory comes without a copy, the data in
 * pieces: no turn of this thread's event loop gets longer with its size.
 * @throws Error as `loadModule`, and for data that is not JSON
 */
export async function loadOnThread(
  request: LoadRequest,
): Promise<Omit<LoadReply, "pieces"> & { readonly data: JsonObject }> {
  const { pieces, ...rest } = await reply(request);
  await afterGrowth(rest.loaded.snapshot.length);
  return { ...rest, data: (await joinPieces(pieces)) as JsonObject };
}

/** The thread compiles the module, and keeps it for the load that follows. Never fails: that load says what is wrong with it. */
export function compileOnThread({ wasm, redirects }: CompileRequest): void {
  const request = { wasm, redirects: plain(redirects) } satisfies CompileRequest;
  loadThread.ask("compile", request).catch(() => undefined);
}

async function reply({ redirects, data, ...request }: LoadRequest): Promise<LoadReply> {
  const { bytes, moved } = await givenInTurns(data);
  const asked = { ...request, data: bytes, redirects: plain(redirects) } satisfies LoadRequest;
  return loadThread.ask("load", asked, { moved });
}

/** What answers a redirect is a function, which stays here. */
function plain(redirects: readonly Redirect[]): Redirect[] {
  return redirects.map(({ native, id, onlyForSetAt }) => ({ native, id, onlyForSetAt }));
}
