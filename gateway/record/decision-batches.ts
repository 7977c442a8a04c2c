import { WholeRecords } from "./decision/whole-records.ts";
import { isShared } from "./decision/shared-record.ts";
import type { SegmentFile } from "./segment-files.ts";
import { lineBlocks, type LoggedRecord, readOf } from "./segment-lines.ts";

/** Records of one segment, as they stand there. */
export interface RecordBatch {
  readonly segment: SegmentFile;
  /** Lines with shared members that stand before, of which a reader may know the first ones already. */
  readonly shared: readonly string[];
  readonly lines: readonly string[];
}

/** As it is read from the log. `shared` is one list for the whole segment, and grows while it is read: `before` of it stand before these. */
export interface DecisionBatch extends RecordBatch {
  readonly before: number;
}

export async function* segmentBatches(
  dir: string,
  segment: SegmentFile,
  wanted: (line: string) => boolean,
  most: number,
): AsyncGenerator<DecisionBatch> {
  const shared: string[] = [];
  let lines: string[] = [];
  const batch = (): DecisionBatch => ({ segment, shared, before: shared.length, lines });
  for await (const block of lineBlocks(dir, segment))
    for (const line of block) {
      if (isShared(line)) shared.push(line);
      else if (wanted(line)) lines.push(line);
      if (lines.length < most) continue;
      yield batch();
      lines = [];
    }
  if (lines.length > 0) yield batch();
}

/** What of the shared lines one reader of batches has not been given yet. */
export class SharedLines {
  #list: readonly string[] | null = null;
  #given = 0;

  /** `isNew`: they are of another segment than those of the batch before. */
  of({ shared, before }: DecisionBatch): { readonly isNew: boolean; readonly lines: readonly string[] } {
    const isNew = this.#list !== shared;
    const lines = shared.slice(isNew ? 0 : this.#given, before);
    this.#list = shared;
    this.#given = isNew ? before : Math.max(before, this.#given);
    return { isNew, lines };
  }
}

/** Reads the records of batches as objects, see `segmentRecords`. */
export class BatchReader {
  #records = new WholeRecords();

  /** `isNew`: the batch is of another segment than the one before. @throws BrokenReference */
  *read({ segment, shared, lines }: RecordBatch, isNew: boolean): Generator<LoggedRecord> {
    if (isNew) this.#records = new WholeRecords();
    const records = this.#records;
    for (const line of shared) records.noteSound(line);
    for (const line of lines) {
      const record = readOf(segment, line, () => records.shared(line));
      if (record !== null) yield { record, line, whole: () => readOf(segment, line, () => records.whole(line)) };
    }
  }
}
