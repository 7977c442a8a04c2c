import { segmentBytes, type SegmentFile } from "./segment-files.ts";
import { blocksOf } from "./tree/blocks.ts";

/**
 * The whole lines of a segment as text, oldest first, compressed or not. Split at line feeds only: `node:readline` would also split
 * at U+2028, which is allowed inside JSON strings.
 */
export async function* segmentLines(dir: string, segment: SegmentFile): AsyncGenerator<string> {
  for await (const block of blocksOf(segmentBytes(dir, segment)))
    yield* block.toString("utf8", 1, block.length - 1).split("\n");
}
