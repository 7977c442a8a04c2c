import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

/** A segment of the decision log as it lies on disk. */
export interface SegmentFile {
  /** Its own name, such as `decisions-000001.jsonl`, whatever the file is called now. */
  readonly name: string;
  /** The number in it. */
  readonly number: number;
  readonly file: string;
  readonly compressed: "gzip" | "zstd" | null;
}

/** Behind the name there may be a number or date as logrotate(8) puts there, and what compresses it. A copy or a backup is no segment. */
const pattern = /^(decisions-(\d{6,})\.jsonl)(?:[.-]\d{1,10})*(?:\.(gz|zst))?$/;

/**
 * The segments in a folder, oldest first; none when there is no folder. A segment may be compressed, and its name may have
 * something behind it, as logrotate(8) puts there.
 */
export async function segmentFiles(dir: string): Promise<SegmentFile[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const found = new Map<string, SegmentFile>();
  // The plain file comes before a compressed one by the same name, which may not be whole yet.
  for (const file of names.toSorted()) {
    const [, name = "", digits = "", suffix] = pattern.exec(file) ?? [];
    if (name === "" || found.has(name)) continue;
    const compressed = suffix === "gz" ? "gzip" : suffix === "zst" ? "zstd" : null;
    found.set(name, { name, number: Number(digits), file, compressed });
  }
  return [...found.values()].sort((one, other) => one.number - other.number);
}

/** The bytes of a segment, uncompressed, from a position on. It is read as it is when the reading begins. */
export function segmentBytes(dir: string, { file, compressed }: SegmentFile, start = 0): AsyncIterable<Buffer> {
  const options = { highWaterMark: 1024 * 1024 };
  if (compressed === null) return createReadStream(join(dir, file), { ...options, start }) as AsyncIterable<Buffer>;
  const raw = createReadStream(join(dir, file), options);
  const plain = compressed === "gzip" ? createGunzip() : createZstdDecompress();
  raw.on("error", (failure) => plain.destroy(failure));
  return skipped(raw.pipe(plain), start);
}

async function* skipped(stream: Readable, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
