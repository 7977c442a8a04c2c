import { segmentBytes, type SegmentFile } from "../segment-files.ts";
import { type Block, blocksOf, eachLine } from "../tree/blocks.ts";
import { beginsShared } from "./shared-record.ts";
import { WholeRecords } from "./whole-records.ts";

/** More than the begin of a line of shared members has. */
const BEGIN_BYTES = 48;

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

/** Of other lines the begin alone is decoded: their arguments may look like shared members any number of times. */
function noteShared(block: Block, records: WholeRecords): void {
  eachLine(block, (start, end) => {
    if (beginsShared(block.toString("latin1", start, Math.min(end, start + BEGIN_BYTES))))
      records.noteSound(block.toString("utf8", start, end));
  });
}
