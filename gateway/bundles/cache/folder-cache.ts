import { createHash, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { CannotStart } from "../../domain/errors.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import { macInTurns } from "../../lib/hash-in-turns.ts";
import type { BuildCache, CacheContent } from "./build-cache.ts";

export interface FolderCacheOptions {
  readonly folder: string;
  /** Authenticates entries; it is kept elsewhere. At least 32 bytes. */
  readonly key: Uint8Array;
  /** Bytes that all entries may have together. */
  readonly maxBytes: number;
  /** The programs whose results are kept: other code, or another OPA, makes its own. Null: there is none, and nothing is kept. */
  readonly identity: () => Promise<string | null>;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

const macBytes = 32;
/** Kind, and the digest of all parts: the key authenticates the whole name with the content. */
const entryName = /^[a-z]+-[0-9a-f]{64}$/;
const partialName = /\.partial$/;
/** Age at which a half-written entry belongs to no running process. */
const partialMs = 3_600_000;
/** An entry with more of the limit would drive out all others. */
const largestShare = 0.5;

/**
 * Entries as files of a folder that belongs to this user alone. What is in it decides what is allowed, so each entry carries a MAC over
 * its name and content: a file that was changed, renamed or put there by somebody else is not used.
 * @throws CannotStart policy_cache_unusable when others may write to the folder
 */
export async function openFolderCache(options: FolderCacheOptions): Promise<BuildCache> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unusable(folder, `cannot be made (${codeOf(error)})`, error);
  });
  await checkCacheFolder(folder);
  return new FolderCache(options);
}

/** Of a folder that is not there nothing is said: a start makes it. @throws CannotStart policy_cache_unusable when others may write to it */
export async function checkCacheFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw unusable(folder, `cannot be looked at (${codeOf(error)})`, error);
  });
  if (found === null) return;
  if (!found.isDirectory()) throw unusable(folder, "is a link or no folder");
  // Windows has no such bits; there the folder's own rights must do.
  if (process.platform === "win32") return;
  if (found.uid !== process.geteuid?.()) throw unusable(folder, "belongs to another user");
  if ((found.mode & 0o077) !== 0) throw unusable(folder, "is open to others (chmod 700)");
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown error";

function unusable(folder: string, why: string, cause?: unknown): CannotStart {
  return new CannotStart(
    "policy_cache_unusable",
    `policy.cache.dir: ${folder} ${why}; name a folder of the gateway's own, or turn policy.cache off`,
    cause,
  );
}

class FolderCache implements BuildCache {
  readonly #options: FolderCacheOptions;
  #written = 0;

  constructor(options: FolderCacheOptions) {
    this.#options = options;
  }

  async get(kind: string, parts: readonly string[]): Promise<Buffer | null> {
    const name = await this.#nameOf(kind, parts);
    if (name === null) return null;
    try {
      const entry = await this.#read(name);
      if (entry === null) return null;
      const [mac, content] = [entry.subarray(0, macBytes), entry.subarray(macBytes)];
      const wanted = await macInTurns(this.#options.key, name, content);
      if (mac.length !== macBytes || !timingSafeEqual(mac, wanted)) throw new Error("it is not as it was written");
      const now = new Date(this.#options.clock.now());
      await utimes(join(this.#options.folder, name), now, now).catch(() => undefined);
      return content;
    } catch (error) {
      this.#tell("an entry of the policy cache is not used; it is built anew", name, error);
      return null;
    }
  }

  async put(kind: string, parts: readonly string[], made: CacheContent): Promise<void> {
    const { folder, key, maxBytes, clock } = this.#options;
    const name = await this.#nameOf(kind, parts);
    if (name === null) return;
    const partial = join(folder, `${name}.${process.pid}.${(this.#written += 1)}.partial`);
    try {
      const content = typeof made === "function" ? await made() : made;
      if (content.length + macBytes > maxBytes * largestShare) return;
      const mac = await macInTurns(key, name, content);
      const file = await open(partial, "wx", 0o600);
      try {
        await file.writev([mac, content]);
        // By the same clock as at each use.
        await file.utimes(new Date(clock.now()), new Date(clock.now()));
      } finally {
        await file.close();
      }
      // Renamed into place, so that other processes never read half an entry.
      await rename(partial, join(folder, name));
      await this.#prune();
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined);
      this.#tell("the policy cache could not be written", name, error);
    }
  }

  async #nameOf(kind: string, parts: readonly string[]): Promise<string | null> {
    const identity = await this.#options.identity();
    if (identity === null) return null;
    const hash = createHash("sha256");
    for (const part of [identity, kind, ...parts]) hash.update(`${Buffer.byteLength(part)}:${part}`);
    return `${kind}-${hash.digest("hex")}`;
  }

  /** Null when there is none. Follows no link. */
  async #read(name: string): Promise<Buffer | null> {
    const { folder, maxBytes } = this.#options;
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
    const file = await open(join(folder, name), flags).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    });
    if (file === null) return null;
    try {
      if ((await file.stat()).size > maxBytes) throw new Error("it is larger than policy.cache.max");
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  /** Removes the entries that were used longest ago until the rest is within the limit. */
  async #prune(): Promise<void> {
    const { folder, maxBytes, clock } = this.#options;
    const names = (await readdir(folder)).filter((name) => entryName.test(name) || partialName.test(name));
    const found = await Promise.all(names.map((name) => sizeAndAge(folder, name)));
    const files = found.filter((each) => each !== null).toSorted((a, b) => b.usedAt - a.usedAt);
    let total = 0;
    for (const { name, bytes, usedAt } of files) {
      const isLeft = partialName.test(name) && clock.now() - usedAt > partialMs;
      total += bytes;
      if (isLeft || total > maxBytes) await rm(join(folder, name), { force: true });
    }
  }

  #tell(message: string, entry: string, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    this.#options.logger.warn(message, { entry, reason: code ?? (error as Error).message });
  }
}

/** Null when another process has removed it. */
async function sizeAndAge(
  folder: string,
  name: string,
): Promise<{ readonly name: string; readonly bytes: number; readonly usedAt: number } | null> {
  const found = await stat(join(folder, name)).catch(() => null);
  return found === null ? null : { name, bytes: found.size, usedAt: found.mtimeMs };
}
