import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { segmentFiles, type SegmentFile } from "../record/segment-files.ts";
import { seqOf } from "./position.ts";

/** The end of a segment is read in steps, the first of which has most lines; then as long as a line can be. */
const steps = [65_536, 8 * 1024 * 1024];

/** Number of the newest record on disk; 0 when there is none. A log whose newest segments are compressed or empty says that of the one before. */
export async function lastSeq(dir: string): Promise<number> {
  for (const segment of (await segmentFiles(dir)).toReversed()) {
    if (segment.compressed !== null) continue;
    const seq = await lastIn(dir, segment);
    if (seq > 0) return seq;
  }
  return 0;
}

async function lastIn(dir: string, { file }: SegmentFile): Promise<number> {
  const handle = await open(join(dir, file)).catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === "ENOENT") return null;
    throw failure;
  });
  if (handle === null) return 0;
  try {
    const { size } = await handle.stat();
    for (const step of steps) {
      const seq = await lastOf(handle, Math.max(0, size - step), size);
      if (seq > 0) return seq;
    }
    return 0;
  } finally {
    await handle.close();
  }
}

async function lastOf(handle: FileHandle, from: number, size: number): Promise<number> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
  const text = buffer.toString("utf8", 0, bytesRead);
  const end = text.lastIndexOf("\n");
  // Not the first piece of a line, whose begin was not read.
  const start = text.lastIndexOf('\n{"seq":', end - 1);
  return seqOf(start === -1 ? (from === 0 ? text : "") : text.slice(start + 1, end));
}
