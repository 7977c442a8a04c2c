import type { Batch } from "../log-reader.ts";

export interface Sent {
  /** Lines from the begin of the batch that the receiver has now; at least one. */
  readonly lines: number;
  /** Records of which it took less than all, or none. */
  readonly reduced: number;
}

/** Where records go. What it refuses for now is given to it again. */
export interface Destination {
  /** Most bytes of lines in a batch, about. */
  readonly batchBytes: number;
  /** @throws DeliveryFailure, Error: the receiver may have some of it */
  send(batch: Batch, signal: AbortSignal): Promise<Sent>;
  /** What goes along beside the lines. Taken before the log is looked at, so that every line that it is about is there. */
  mark?(): string | null;
  /** Sends it, when all lines that were there then were sent. @throws as `send` does */
  settle?(mark: string | null, signal: AbortSignal): Promise<void>;
}
