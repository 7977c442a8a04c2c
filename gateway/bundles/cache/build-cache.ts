import { joinedInTurns } from "../../lib/bytes-in-turns.ts";
import type { Later } from "../../lib/later.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** Bytes, or what makes them when they are written. */
export type CacheContent = Uint8Array | (() => Promise<Uint8Array>);

/** Results of builds, by everything that they depend on. What it gives was put there under exactly these parts. */
export interface BuildCache {
  /** Null: it is not there, or is not as this gateway wrote it. */
  get(kind: string, parts: readonly string[]): Promise<Buffer | null>;
  /** Never fails: what cannot be kept is built again. */
  put(kind: string, parts: readonly string[], content: CacheContent): Promise<void>;
}

/** Keeps nothing. */
export const noCache: BuildCache = {
  get: () => Promise.resolve(null),
  put: () => Promise.resolve(),
};

/** A cache whose writes wait until what they would delay is done. */
export class LaterCache implements BuildCache {
  readonly #cache: BuildCache;
  readonly #later: Later;

  constructor(cache: BuildCache, later: Later) {
    this.#cache = cache;
    this.#later = later;
  }

  get(kind: string, parts: readonly string[]): Promise<Buffer | null> {
    return this.#cache.get(kind, parts);
  }

  put(kind: string, parts: readonly string[], content: CacheContent): Promise<void> {
    return this.#later.add(() => this.#cache.put(kind, parts, content));
  }
}

/** JSON and bytes as one content. */
export function packed(json: unknown, bytes: Uint8Array): Promise<Buffer> {
  const text = Buffer.from(JSON.stringify(json));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return joinedInTurns([length, text, bytes]);
}

/** What `packed` was given. */
export function unpacked<Json>(content: Buffer): { readonly json: Json; readonly bytes: Buffer } {
  const end = 4 + content.readUInt32BE(0);
  return { json: parseJson(content.toString("utf8", 4, end)) as Json, bytes: content.subarray(end) };
}
