import { recordsBefore } from "../record/decision/records-before.ts";
import { BrokenReference, WholeRecords } from "../record/decision/whole-records.ts";
import { headerIn, type SegmentHeader } from "../record/segment-header.ts";
import { segmentBytes, segmentFiles, type SegmentFile } from "../record/segment-files.ts";
import { type Block, blocksOf } from "../record/tree/blocks.ts";
import { type PlacedSegment, placedSegments } from "../record/tree/line-walk.ts";
import { beginOf, lineDigest, type Position, type SegmentHead, seqOf } from "./position.ts";

/** Lines of one segment that follow on each other. */
export interface Batch {
  readonly segment: string;
  /** Origin of the log that the segment belongs to; null when it does not say. */
  readonly log: string | null;
  /** Where the first line begins, in bytes of the uncompressed segment. */
  readonly offset: number;
  /** As they stand there, without line feeds. */
  readonly lines: readonly string[];
  /**
   * The records of these lines with all that they refer to, as many, each made when it is taken: together they may be many times longer. Of a line
   * with shared members it is empty; a record that cannot be made whole is as it stands there.
   */
  whole(): Iterable<string>;
}

/** The log does not go on where it was left. */
export interface Break {
  readonly what: string;
  /** Records that can never be sent, at most; 0 when what there is, is sent once more. */
  readonly missed: number;
}

/**
 * Reads the log from a position on, over rotation, compression, renaming and retention. Lines that are gone are told; a log that is
 * not the one that was read before is read from its begin: a record may come twice, none is left out.
 */
export class LogReader {
  readonly #dir: string;
  readonly #broken: (found: Break) => void;
  #position: Position | null;
  #blocks: AsyncGenerator<Block> | null = null;
  /** Lines that were read from the file and handed to nobody. */
  #waiting: string[] = [];
  /** Segments at whose end it was since it has read a line. */
  #passed: readonly Pick<SegmentFile, "name" | "number">[] = [];
  /** The segment after the open one, when it was there before that was opened: then nothing is appended to the open one. */
  #later: SegmentFile | null = null;
  /** What records of the open segment may refer to, and up to where it was read for them. */
  #records: { readonly segment: string; bytes: number; readonly all: WholeRecords } = {
    segment: "",
    bytes: 0,
    all: new WholeRecords(),
  };

  constructor(dir: string, position: Position | null, broken: (found: Break) => void) {
    this.#dir = dir;
    this.#position = position;
    this.#broken = broken;
  }

  /** Where what was handed out last begins: nothing of it was sent. */
  get position(): Position | null {
    return this.#position;
  }

  /**
   * The next lines, about so many bytes; null at the end of the log as it was when this was called, or later. They come again until
   * `sent` was called.
   */
  async next(bytes: number): Promise<Batch | null> {
    const wasOpen = this.#blocks !== null;
    if (!wasOpen && !(await this.#open())) return null;
    let size = this.#waiting.reduce((sum, line) => sum + line.length, 0);
    try {
      while (size < bytes && this.#blocks !== null) {
        const { value } = await this.#blocks.next();
        if (value === undefined) break;
        this.#take(value);
        size += value.length;
      }
    } catch (failure) {
      this.close();
      throw failure;
    }
    if (this.#waiting.length === 0) return this.#goOn(bytes, wasOpen);
    const { segment, log, offset } = this.#position as Position;
    const lines = this.#waiting.slice(0, countWithin(this.#waiting, bytes));
    const header = headOf(lines[0] ?? "", offset);
    if (header !== null && (await this.#leftOut(header))) return this.next(bytes);
    const { all } = this.#records;
    return {
      segment,
      log: header?.log ?? log,
      offset,
      lines,
      whole: () => wholeLines(lines, all),
    };
  }

  #take(block: Block): void {
    const lines = block.toString("utf8", 1, block.length - 1).split("\n");
    this.#waiting.push(...lines);
    for (const line of lines) this.#records.all.noteSound(line);
    this.#records.bytes += block.length - 1;
  }

  /** The first so many lines of the last batch were sent. @returns the position behind them */
  sent(count: number): Position {
    const lines = this.#waiting.splice(0, count);
    const before = this.#position as Position;
    const last = lines.at(-1);
    if (last === undefined) return before;
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    const header = headOf(lines[0] as string, before.offset);
    this.#position = {
      ...before,
      ...(header !== null && { log: header.log, head: headFrom(header) }),
      offset: before.offset + bytes,
      seq: Math.max(...lines.map(seqOf), before.seq),
      last: { bytes: Buffer.byteLength(last) + 1, digest: lineDigest(last) },
    };
    return this.#position;
  }

  /** The files are opened again with the next batch. */
  close(): void {
    // Its file is closed when it is over.
    void this.#blocks?.return(undefined).catch(() => undefined);
    this.#blocks = null;
    this.#waiting = [];
  }

  /** At the end of a segment. One that was opened earlier may have more lines since. */
  async #goOn(bytes: number, wasOpen: boolean): Promise<Batch | null> {
    this.close();
    if (this.#later === null) return wasOpen ? this.next(bytes) : null;
    const { segment, number, seq, log, offset } = this.#position as Position;
    this.#passed = [...(offset === 0 ? this.#passed : []), { name: segment, number }];
    this.#position = beginOf(this.#later, seq, log);
    return this.next(bytes);
  }

  /**
   * Compares a segment with the one that it says it follows on. @returns whether that one is there after all, so that it is read
   * first: a folder whose files are renamed meanwhile may be listed without one of them
   */
  async #leftOut({ after, seq, segment }: SegmentHeader): Promise<boolean> {
    const passed = this.#passed;
    this.#passed = [];
    const last = passed.at(-1);
    if (last === undefined || after === null || passed.some(({ name }) => name === after)) return false;
    const before = this.#position as Position;
    const between = (await segmentFiles(this.#dir)).find(
      ({ name, number }) => name === after && number > last.number && number < before.number,
    );
    if (between !== undefined) {
      this.close();
      this.#position = beginOf(between, before.seq, before.log);
      return true;
    }
    const missed = Math.max(0, seq - before.seq - 1);
    this.#broken({ what: `${after} is gone; it goes on with ${segment}`, missed });
    return false;
  }

  async #open(): Promise<boolean> {
    const segments = await segmentFiles(this.#dir);
    if (segments.length === 0) return false;
    this.#position ??= beginOf(segments[0] as SegmentFile, 0, null);
    let own = segments.find(({ name }) => name === this.#position?.segment);
    if (own === undefined || !(await this.#fits(own))) {
      this.#position = await this.#again(this.#position);
      own = segments.find(({ name }) => name === this.#position?.segment);
      // Not the end of the log: what goes beside lines would be sent before them.
      if (own === undefined || !(await this.#fits(own))) throw new Error("its folder is changed meanwhile");
    }
    const { number } = own;
    this.#later = segments.find((other) => other.number > number) ?? null;
    const { offset } = this.#position;
    if (this.#records.segment !== own.name || this.#records.bytes < offset || offset === 0)
      this.#records = { segment: own.name, bytes: offset, all: await recordsBefore(this.#dir, own, offset) };
    this.#records.bytes = offset;
    this.#blocks = blocksOf(segmentBytes(this.#dir, own, offset));
    return true;
  }

  /** Whether the line that was sent last is in its place. */
  async #fits(segment: SegmentFile): Promise<boolean> {
    const { offset, last } = this.#position as Position;
    if (last === null) return true;
    for await (const block of blocksOf(segmentBytes(this.#dir, segment, offset - last.bytes)))
      return lineDigest(block.subarray(1, block.indexOf(0x0a, 1))) === last.digest;
    return false;
  }

  /** Where to go on in a log that is not what was sent. */
  async #again(before: Position): Promise<Position> {
    const placed = await placedSegments(this.#dir);
    const own = placed.find(({ name, header }) => name === before.segment && isHead(header, before.head));
    if (own !== undefined) {
      this.#broken({ what: `${own.name} was changed or cut; it is sent again from its begin`, missed: 0 });
      return beginOf(own, (own.header?.seq ?? 1) - 1, before.log);
    }
    const ofLog = placed.filter(({ header }) => header !== null && header.log === before.log);
    if (ofLog.length === 0) {
      this.#broken({ what: "the folder has another log; all of it is sent", missed: 0 });
      return beginOf(placed[0] ?? { name: before.segment, number: before.number }, 0, null);
    }
    const next = ofLog.find(({ header }) => isNewer(header as SegmentHeader, before));
    if (next !== undefined) return this.#skippedTo(next, before);
    this.#broken({ what: "the log ends before what was sent; records were removed from it", missed: 0 });
    return this.#endOf(ofLog.at(-1) as PlacedSegment);
  }

  #skippedTo(next: PlacedSegment, before: Position): Position {
    const missed = Math.max(0, (next.header?.seq ?? 0) - before.seq - 1);
    if (missed > 0)
      this.#broken({ what: `records after ${before.seq} are gone; it goes on with ${next.name}`, missed });
    return beginOf(next, before.seq, before.log);
  }

  async #endOf(segment: PlacedSegment): Promise<Position> {
    const { header } = segment;
    let position: Position = {
      ...beginOf(segment, 0, header?.log ?? null),
      head: header === null ? null : headFrom(header),
    };
    for await (const block of blocksOf(segmentBytes(this.#dir, segment))) {
      const line = block.subarray(block.lastIndexOf(0x0a, block.length - 2) + 1, block.length - 1);
      const last = { bytes: line.length + 1, digest: lineDigest(line) };
      position = { ...position, offset: position.offset + block.length - 1, seq: seqOf(line.toString()), last };
    }
    return position;
  }
}

function* wholeLines(lines: readonly string[], records: WholeRecords): Generator<string> {
  for (const line of lines) yield wholeOf(line, records);
}

function wholeOf(line: string, records: WholeRecords): string {
  try {
    return records.noteSound(line) ? "" : records.whole(line);
  } catch (failure) {
    if (!(failure instanceof BrokenReference)) throw failure;
    return line;
  }
}

const headFrom = ({ seq, timestamp }: SegmentHeader): SegmentHead => ({ seq, timestamp });

const headOf = (line: string, offset: number): SegmentHeader | null => (offset === 0 ? headerIn(line) : null);

function isHead(header: SegmentHeader | null, head: SegmentHead | null): boolean {
  return header !== null && header.seq === head?.seq && header.timestamp === head.timestamp;
}

/** Begun after what was sent: by its number, or by its time in a log whose numbers were taken back. */
function isNewer({ seq, timestamp }: SegmentHeader, before: Position): boolean {
  return seq > before.seq || (before.head !== null && timestamp > before.head.timestamp);
}

/** As many lines as have about so many bytes, at least one. */
function countWithin(lines: readonly string[], bytes: number): number {
  let size = 0;
  const over = lines.findIndex((line) => (size += line.length + 1) > bytes);
  return over === -1 ? lines.length : Math.max(1, over);
}
