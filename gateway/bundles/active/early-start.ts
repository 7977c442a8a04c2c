import { isDeepStrictEqual } from "node:util";
import type { LoadedPolicy, PolicyEngine } from "../../domain/ports.ts";
import { type Archive, checkArchiveData, type DataWarnings } from "../archive/archive.ts";
import type { BuildCache } from "../cache/build-cache.ts";
import { loadArchive } from "./activate.ts";

/** What an archive will have, known while it is still made and the rules are still checked. */
export type KnownOfArchive = Pick<Archive, "wasm" | "dataBytes" | "projections">;

export interface Begun {
  readonly loaded: Promise<LoadedPolicy>;
  readonly checked: Promise<DataWarnings>;
}

/** Bytes of data up to which they are copied: a load gives them away, and large ones would be in memory several times. */
const MOST_BYTES = 1024 * 1024;

/**
 * The load of a policy and the check of its data, begun before there is an archive: after an edit of data both take longer than all that is between.
 * They count for an archive that has the very same content, and for no other.
 */
export class EarlyStart {
  readonly #engine: PolicyEngine;
  readonly #cache: BuildCache;
  #begun: (Begun & { readonly of: KnownOfArchive }) | null = null;

  constructor(engine: PolicyEngine, cache: BuildCache) {
    this.#engine = engine;
    this.#cache = cache;
  }

  /** Never fails. The bytes stay those of the caller. */
  begin({ wasm, dataBytes, projections }: KnownOfArchive): void {
    if (dataBytes.length > MOST_BYTES) return;
    const of = (): KnownOfArchive => ({ wasm, dataBytes: Buffer.from(dataBytes), projections });
    const loaded = loadArchive(of(), this.#engine);
    const checked = checkArchiveData(of(), this.#cache).then((sent) => sent.checked);
    // Of an archive that is never made nobody asks.
    for (const one of [loaded, checked]) one.catch(() => undefined);
    this.#begun = { of: of(), loaded, checked };
  }

  /** What was begun for this archive; null: nothing. */
  for({ wasm, dataBytes, projections }: KnownOfArchive): Begun | null {
    const begun = this.#begun;
    if (begun === null || !begun.of.dataBytes.equals(dataBytes)) return null;
    return isDeepStrictEqual([begun.of.wasm, begun.of.projections], [wasm, projections]) ? begun : null;
  }
}
