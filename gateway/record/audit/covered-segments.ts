import type { SegmentFile } from "../segment-files.ts";
import { lineBlocks } from "../segment-lines.ts";
import { placedSegments } from "../tree/line-walk.ts";

export interface CoveredSegment extends SegmentFile {
  /** So many of its lines, from the first on, the tree covers. */
  readonly covered: number;
}

/**
 * The segments of a log of which a tree of `size` lines covers any. Lines behind that were written after its checkpoint, by the gateway or
 * by anybody who can write the files: nothing tells which. A segment without a header goes on from the one before it.
 */
export async function coveredSegments(dir: string, size: number): Promise<CoveredSegment[]> {
  const segments = await placedSegments(dir, () => undefined);
  const found: CoveredSegment[] = [];
  let next = 0;
  for (const [at, segment] of segments.entries()) {
    const from = segment.header?.leaf ?? next;
    if (from < size) found.push({ ...segment, covered: size - from });
    if (segments[at + 1]?.header === null) next = from + (await linesOf(dir, segment));
  }
  return found;
}

/** Of one that cannot be read to its end, those before that; `audit verify` tells it. */
async function linesOf(dir: string, segment: SegmentFile): Promise<number> {
  let count = 0;
  try {
    for await (const lines of lineBlocks(dir, segment)) count += lines.length;
  } catch {
    // Told by who reads its records.
  }
  return count;
}
