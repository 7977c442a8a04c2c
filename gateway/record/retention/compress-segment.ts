import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { segmentDigest, type SegmentFile } from "../segment-files.ts";

export type Compression = "gzip" | "zstd";

const suffixes: Readonly<Record<Compression, string>> = { gzip: ".gz", zstd: ".zst" };

/**
 * Compresses a closed segment. The plain file goes when the compressed one is on disk and gives the same bytes again; its time stays
 * that of the last line.
 * @throws Error when it does not, a file cannot be written, or the signal ends it; the plain one is there then
 */
export async function compressSegment(
  dir: string,
  segment: SegmentFile,
  kind: Compression,
  signal?: AbortSignal,
): Promise<void> {
  const plain = join(dir, segment.file);
  const target = `${segment.file}${suffixes[kind]}`;
  const part = join(dir, `${target}.part`);
  try {
    const { atime, mtime } = await stat(plain);
    const compressor = kind === "gzip" ? createGzip() : createZstdCompress();
    await pipeline(createReadStream(plain), compressor, createWriteStream(part, { mode: 0o600 }), { signal });
    await synced(part);
    await rename(part, join(dir, target));
    await utimes(join(dir, target), atime, mtime);
    const written = { ...segment, file: target, compressed: kind };
    if ((await segmentDigest(dir, written)) !== (await segmentDigest(dir, segment))) {
      await rm(join(dir, target));
      throw new Error(`${target} does not give the lines of ${segment.file} again`);
    }
    await rm(plain);
    await synced(dir);
  } finally {
    await rm(part, { force: true });
  }
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle.sync().finally(() => handle.close());
}
