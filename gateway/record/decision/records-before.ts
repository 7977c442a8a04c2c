import { segmentBytes, type SegmentFile } from "../segment-files.ts";
import { type Block, blocksOf } from "../tree/blocks.ts";
import { BrokenReference, WholeRecords } from "./whole-records.ts";

const begin = Buffer.from('"kind":"shared",');
const LINE_FEED = 0x0a;

/** Makes records of a segment whole that stand behind so many of its bytes. Shared members that are damaged are left out. */
export async function recordsBefore(dir: string, segment: SegmentFile, bytes: number): Promise<WholeRecords> {
  const records = new WholeRecords();
  if (bytes === 0) return records;
  let left = bytes;
  for await (const block of blocksOf(segmentBytes(dir, segment))) {
    // Whole lines: where a line ends within the bytes, the block ends there or goes on with the next one.
    noteShared(block.subarray(0, left + 1), records);
    left -= block.length - 1;
    if (left <= 0) break;
  }
  return records;
}

function noteShared(block: Block, records: WholeRecords): void {
  for (let at = block.indexOf(begin); at !== -1; at = block.indexOf(begin, at + 1)) {
    const start = block.lastIndexOf(LINE_FEED, at) + 1;
    try {
      records.note(block.toString("utf8", start, block.indexOf(LINE_FEED, at)));
    } catch (failure) {
      if (!(failure instanceof BrokenReference)) throw failure;
    }
  }
}
