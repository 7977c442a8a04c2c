import { joinedInTurns } from "../../lib/bytes-in-turns.ts";

/** Results of builds, by everything that they depend on. What it gives was put there under exactly these parts. */
export interface BuildCache {
  /** Null: it is not there, or is not as this gateway wrote it. */
  get(kind: string, parts: readonly string[]): Promise<Buffer | null>;
  /** Never fails: what cannot be kept is built again. */
  put(kind: string, parts: readonly string[], content: Uint8Array): Promise<void>;
}

/** Keeps nothing. */
export const noCache: BuildCache = {
  get: () => Promise.resolve(null),
  put: () => Promise.resolve(),
};

/** A cache whose writes wait until what they would delay is done. */
export class LaterCache implements BuildCache {
  readonly #cache: BuildCache;
  readonly #waiting: (() => Promise<void>)[] = [];

  constructor(cache: BuildCache) {
    this.#cache = cache;
  }

  get(kind: string, parts: readonly string[]): Promise<Buffer | null> {
    return this.#cache.get(kind, parts);
  }

  put(kind: string, parts: readonly string[], content: Uint8Array): Promise<void> {
    this.#waiting.push(() => this.#cache.put(kind, parts, content));
    return Promise.resolve();
  }

  /** Never fails, as `put`. */
  async write(): Promise<void> {
    for (const put of this.#waiting.splice(0)) await put();
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
  return { json: JSON.parse(content.toString("utf8", 4, end)) as Json, bytes: content.subarray(end) };
}
