import { createHash } from "node:crypto";
import { type FileHandle, open, readdir } from "node:fs/promises";
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
  const found = new Map<string, SegmentFile>();
  // The plain file comes before a compressed one by the same name, which may not be whole yet.
  for (const one of await filesOfSegments(dir)) if (!found.has(one.name)) found.set(one.name, one);
  return [...found.values()].sort((one, other) => one.number - other.number);
}

/** Files that nobody reads: each has the name of a segment, and `counted` stands for that. */
export async function filesBeside(
  dir: string,
): Promise<{ readonly counted: SegmentFile; readonly beside: SegmentFile }[]> {
  const byName = Map.groupBy(await filesOfSegments(dir), ({ name }) => name);
  return [...byName.values()].flatMap(([counted, ...others]) =>
    counted === undefined ? [] : others.map((beside) => ({ counted, beside })),
  );
}

async function filesOfSegments(dir: string): Promise<SegmentFile[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return names.toSorted().flatMap((file) => {
    const [, name = "", digits = "", suffix] = pattern.exec(file) ?? [];
    const compressed = suffix === "gz" ? "gzip" : suffix === "zst" ? "zstd" : null;
    return name === "" ? [] : [{ name, number: Number(digits), file, compressed }];
  });
}

/**
 * Opens the file of a segment, which may have been compressed or renamed since the folder was listed.
 * @throws NodeJS.ErrnoException ENOENT when the segment is gone
 */
export async function openSegment(
  dir: string,
  segment: SegmentFile,
): Promise<{ readonly handle: FileHandle; readonly compressed: SegmentFile["compressed"] }> {
  try {
    return { handle: await open(join(dir, segment.file)), compressed: segment.compressed };
  } catch (failure) {
    const now = (await segmentFiles(dir)).find(({ name }) => name === segment.name);
    if ((failure as NodeJS.ErrnoException).code !== "ENOENT" || now === undefined) throw failure;
    return { handle: await open(join(dir, now.file)), compressed: now.compressed };
  }
}

/** The bytes of a segment, uncompressed, from a position on. It is read as it is when the reading begins. */
export async function* segmentBytes(dir: string, segment: SegmentFile, start = 0): AsyncGenerator<Buffer> {
  const { handle, compressed } = await openSegment(dir, segment);
  const highWaterMark = 1024 * 1024;
  if (compressed === null) return yield* handle.createReadStream({ highWaterMark, start }) as AsyncIterable<Buffer>;
  const raw = handle.createReadStream({ highWaterMark });
  const plain = compressed === "gzip" ? createGunzip() : createZstdDecompress();
  raw.on("error", (failure) => plain.destroy(failure));
  try {
    yield* skipped(raw.pipe(plain), start);
  } finally {
    raw.destroy();
  }
}

/** Over the bytes of a segment, uncompressed. */
export async function segmentDigest(dir: string, segment: SegmentFile): Promise<string> {
  const digest = createHash("sha256");
  for await (const chunk of segmentBytes(dir, segment)) digest.update(chunk);
  return digest.digest("hex");
}

/** Why the rest of a segment is in no answer. */
export function unreadText({ file }: SegmentFile, failure: unknown): string {
  return `${file} cannot be read to its end: ${(failure as Error).message}`;
}

async function* skipped(stream: Readable, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
