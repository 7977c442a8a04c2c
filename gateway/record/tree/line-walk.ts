import { headerIn, type SegmentHeader } from "../segment-header.ts";
import { openSegment, segmentBytes, segmentFiles, type SegmentFile } from "../segment-files.ts";
import { type Block, blocksOf } from "./blocks.ts";

/** A segment and where it stands in the tree. */
export interface PlacedSegment extends SegmentFile {
  /** Null for one that begins without such a line: an empty one, or one of a log from before there were any. */
  readonly header: SegmentHeader | null;
}

/** Longest first line that is looked at for being a header. */
const HEADER_BYTES = 4_096;

/**
 * The segments that are there, oldest first. One that retention removes meanwhile is none of them. `unreadable` is called for one whose
 * begin cannot be read, which then has no header; default: its failure is thrown.
 */
export async function placedSegments(
  dir: string,
  unreadable: (failure: Error) => void = rethrow,
): Promise<PlacedSegment[]> {
  const placed: PlacedSegment[] = [];
  for (const segment of await segmentFiles(dir)) {
    const header = await headerOf(dir, segment).catch((failure: NodeJS.ErrnoException) => {
      if (failure.code === "ENOENT") return undefined;
      unreadable(failure);
      return null;
    });
    if (header !== undefined) placed.push({ ...segment, header });
  }
  return placed;
}

function rethrow(failure: Error): void {
  throw failure;
}

async function headerOf(dir: string, segment: SegmentFile): Promise<SegmentHeader | null> {
  const begin = segment.compressed === null ? await firstBytes(dir, segment) : await firstChunk(dir, segment);
  const end = begin.subarray(0, HEADER_BYTES).indexOf(0x0a);
  return end === -1 ? null : headerIn(begin.toString("utf8", 0, end));
}

async function firstBytes(dir: string, segment: SegmentFile): Promise<Buffer> {
  const { handle, compressed } = await openSegment(dir, segment);
  try {
    if (compressed !== null) return await firstChunk(dir, segment);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function firstChunk(dir: string, segment: SegmentFile): Promise<Buffer> {
  for await (const chunk of segmentBytes(dir, segment)) return chunk;
  return Buffer.alloc(0);
}

/** One line of the log, with its number among all of them. */
export interface WalkedLine {
  readonly leaf: number;
  readonly segment: PlacedSegment;
  readonly block: Block;
  readonly start: number;
  readonly end: number;
}

/** Walks over whole lines of segments, the first of which has the number `leaf`, until `each` returns false. */
export async function walkLines(
  dir: string,
  segments: readonly PlacedSegment[],
  leaf: number,
  each: (line: WalkedLine) => boolean,
): Promise<void> {
  let next = leaf;
  for (const segment of segments)
    for await (const block of blocksOf(segmentBytes(dir, segment)))
      for (let start = 1; start < block.length;) {
        const end = block.indexOf(0x0a, start);
        if (!each({ leaf: next, segment, block, start, end })) return;
        next += 1;
        start = end + 1;
      }
}
