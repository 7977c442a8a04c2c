import type { Batch } from "../log-reader.ts";

export interface Sent {
  /** Lines from the begin of the batch that the receiver has now; at least one. */
  readonly lines: number;
  /** Records of which it took less than all, or none. */
  readonly reduced: number;
}

/** Where records go. What it refuses for now is given to it again. */
export interface Destination {
  /** Most bytes of lines in a batch, about, as they stand in the log. */
  readonly batchBytes: number;
  /** @throws DeliveryFailure, Error: the receiver may have some of it */
  send(batch: Batch, signal: AbortSignal): Promise<Sent>;
  /** What goes along beside the lines. Taken before the log is looked at, so that every line that it is about is there. */
  mark?(): string | null;
  /** Sends it, when all lines that were there then were sent. @throws as `send` does */
  settle?(mark: string | null, signal: AbortSignal): Promise<void>;
}

/** Whole records from the begin of the batch, one a line: about so many characters of them, and at least one line. */
export function recordsWithin(batch: Batch, characters: number, mostLines = Infinity): string[] {
  const records: string[] = [];
  let size = 0;
  for (const record of batch.whole()) {
    size += record.length;
    if (records.length > 0 && (size > characters || records.length >= mostLines)) break;
    records.push(record);
  }
  return records;
}
