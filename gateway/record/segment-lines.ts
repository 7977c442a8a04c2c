import { BrokenReference, WholeRecords } from "./decision/whole-records.ts";
import { segmentBytes, type SegmentFile } from "./segment-files.ts";
import { blocksOf } from "./tree/blocks.ts";

/**
 * The whole lines of a segment as text, oldest first, compressed or not, each with all that it refers to. Split at line feeds only:
 * `node:readline` would also split at U+2028, which is allowed inside JSON strings. `wanted` is given the line as it stands there.
 * Damaged shared members are left out. @throws BrokenReference for a line that is wanted and refers to some
 */
export async function* segmentLines(
  dir: string,
  segment: SegmentFile,
  wanted: (line: string) => boolean = () => true,
): AsyncGenerator<string> {
  const records = new WholeRecords();
  for await (const block of blocksOf(segmentBytes(dir, segment)))
    for (const line of block.toString("utf8", 1, block.length - 1).split("\n"))
      if (!records.noteSound(line) && wanted(line)) yield wholeOf(line, records, segment);
}

function wholeOf(line: string, records: WholeRecords, { file }: SegmentFile): string {
  try {
    return records.whole(line);
  } catch (failure) {
    if (!(failure instanceof BrokenReference)) throw failure;
    const problem = `${file} has a record that cannot be made whole: ${failure.message}; see sallyport audit verify`;
    throw new BrokenReference(problem, { cause: failure });
  }
}
