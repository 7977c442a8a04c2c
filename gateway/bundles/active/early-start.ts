import { isDeepStrictEqual } from "node:util";
import type { LoadedPolicy, PolicyEngine } from "../../domain/ports.ts";
import { type ArchiveContent, checkArchiveData, type DataWarnings } from "../archive/archive.ts";
import type { BuildCache } from "../cache/build-cache.ts";
import { type DataEarly, dataByOpa } from "../build/compile.ts";
import type { OpaCommand } from "../build/opa.ts";
import { checkData } from "../data/check-data.ts";
import { isLayered } from "../layers/merge.ts";
import { bytesOf, isDataFile, type Reading } from "../sources.ts";
import { loadArchive } from "./activate.ts";

interface Begun {
  readonly loaded: Promise<LoadedPolicy>;
  readonly checked: Promise<DataWarnings>;
}

/** Bytes of data up to which anything is begun: there are copies of them, and large ones would be in memory several times. */
const MOST_BYTES = 1024 * 1024;

/**
 * What an edit of data waits for, begun before all that comes first is done. OPA reads the data, and they are checked, while the sources are
 * read a second time; the policy is loaded, and its data are checked, while its archive is made. It counts for the very same content, and
 * for no other.
 */
export class EarlyStart {
  readonly #engine: PolicyEngine;
  readonly #cache: BuildCache;
  #read: (DataEarly & { readonly revision: string }) | null = null;
  #begun: (Begun & { readonly of: ArchiveContent }) | null = null;

  constructor(engine: PolicyEngine, cache: BuildCache) {
    this.#engine = engine;
    this.#cache = cache;
  }

  /** Of one folder, where data files alone differ from the files that are active, by their digests. Never fails. */
  readData({ files, digests, revision }: Reading, active: ReadonlyMap<string, string>, opa: OpaCommand): void {
    if (isLayered(files) || !differsInDataAlone(digests, active)) return;
    const data = files.filter(({ path }) => isDataFile(path));
    if (bytesOf(data) > MOST_BYTES) return;
    const [made, checked] = [dataByOpa(opa, data), checkData(files)];
    // Sources that change meanwhile are built anew.
    for (const one of [made, checked]) one.catch(() => undefined);
    this.#read = { revision, made, checked };
  }

  /** What was begun of sources with this revision, which is the digest of all their files; null: nothing. */
  dataOf(revision: string): DataEarly | null {
    return this.#read?.revision === revision ? this.#read : null;
  }

  /** Resolves when OPA runs no more, whether anybody has asked for what it makes or not. */
  async ended(): Promise<void> {
    await this.#read?.made.catch(() => undefined);
  }

  /** What an archive will have, while it is still made. Never fails. The bytes stay those of the caller. */
  begin({ wasm, dataBytes, projections }: ArchiveContent): void {
    if (dataBytes.length > MOST_BYTES) return;
    const of = (): ArchiveContent => ({ wasm, dataBytes: Buffer.from(dataBytes), projections });
    const loaded = loadArchive(of(), this.#engine);
    const checked = checkArchiveData(of(), this.#cache).then((sent) => sent.checked);
    // Of an archive that is never made nobody asks.
    for (const one of [loaded, checked]) one.catch(() => undefined);
    this.#begun = { of: of(), loaded, checked };
  }

  /** What was begun for this archive; null: nothing. */
  loadOf({ wasm, dataBytes, projections }: ArchiveContent): Begun | null {
    const begun = this.#begun;
    if (begun === null || !begun.of.dataBytes.equals(dataBytes)) return null;
    return isDeepStrictEqual([begun.of.wasm, begun.of.projections], [wasm, projections]) ? begun : null;
  }
}

function differsInDataAlone(now: ReadonlyMap<string, string>, active: ReadonlyMap<string, string>): boolean {
  const different = [...new Set([...now.keys(), ...active.keys()])].filter(
    (path) => now.get(path) !== active.get(path),
  );
  return different.length > 0 && different.every(isDataFile);
}
