import { BrokenReference, WholeRecords } from "./decision/whole-records.ts";
import { segmentBytes, type SegmentFile } from "./segment-files.ts";
import { blocksOf } from "./tree/blocks.ts";
import type { JsonObject } from "../lib/json.ts";

/** A record of the log. */
export interface LoggedRecord {
  /** Parts that other records have too are frozen. Numbers are those of JavaScript. */
  readonly record: JsonObject;
  /** As it stands in the log, without what it refers to. */
  readonly line: string;
  /** With all that it refers to, as text. */
  readonly whole: () => string;
}

type Wanted = (line: string) => boolean;

/**
 * The whole lines of a segment as text, oldest first, compressed or not, each with all that it refers to. Split at line feeds only:
 * `node:readline` would also split at U+2028, which is allowed inside JSON strings. `wanted` is given the line as it stands there.
 * `most`: of the first so many lines of the segment alone. Damaged shared members are left out. @throws BrokenReference for a line that
 * is wanted and refers to some
 */
export async function* segmentLines(
  dir: string,
  segment: SegmentFile,
  wanted: Wanted = () => true,
  most = Infinity,
): AsyncGenerator<string> {
  const records = new WholeRecords();
  for await (const line of wantedLines(lineBlocks(dir, segment, most), records, wanted))
    yield readOf(segment, line, () => records.whole(line));
}

/** The same as objects, for readers of many; a line that refers to nothing and is no JSON is passed over. */
export async function* segmentRecords(dir: string, segment: SegmentFile, wanted: Wanted): AsyncGenerator<LoggedRecord> {
  const records = new WholeRecords();
  for await (const line of wantedLines(lineBlocks(dir, segment), records, wanted)) {
    const record = readOf(segment, line, () => records.shared(line));
    if (record !== null) yield { record, line, whole: () => readOf(segment, line, () => records.whole(line)) };
  }
}

async function* wantedLines(
  blocks: AsyncIterable<readonly string[]>,
  records: WholeRecords,
  wanted: Wanted,
): AsyncGenerator<string> {
  for await (const lines of blocks) for (const line of lines) if (!records.noteSound(line) && wanted(line)) yield line;
}

/**
 * The lines of a segment as they stand there, at most the first so many, in blocks: to wait for each line alone would cost more than to
 * read it.
 */
export async function* lineBlocks(
  dir: string,
  segment: SegmentFile,
  most = Infinity,
): AsyncGenerator<readonly string[]> {
  let left = most;
  if (left <= 0) return;
  for await (const block of blocksOf(segmentBytes(dir, segment))) {
    const lines = block.toString("utf8", 1, block.length - 1).split("\n");
    yield lines.length > left ? lines.slice(0, left) : lines;
    left -= lines.length;
    if (left <= 0) return;
  }
}

const number = /^\{"seq":(\d{1,16}),/;

/** What `work` gives, of a line. @throws BrokenReference that names the file and the record */
export function readOf<Read>({ file }: SegmentFile, line: string, work: () => Read): Read {
  try {
    return work();
  } catch (failure) {
    if (!(failure instanceof BrokenReference)) throw failure;
    const [, seq = "without a number"] = number.exec(line) ?? [];
    const problem = `${file} has a record that cannot be made whole: record ${seq} ${failure.message}; see sallyport audit verify`;
    throw new BrokenReference(problem, { cause: failure });
  }
}
