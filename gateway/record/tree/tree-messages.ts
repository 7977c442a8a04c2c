import type { TreeEnd } from "./open-tree.ts";

/** A new checkpoint is due after so many records, or so long after the last one. */
export const CHECKPOINT_RECORDS = 1_000;
export const CHECKPOINT_MS = 1_000;

/** What the thread is started with. */
export interface TreeThreadData {
  /** Folder of the log. */
  readonly dir: string;
  /** Of a log that is begun now. */
  readonly freshOrigin: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  /** Bytes of the buffers taken in so far, of all that were posted: one 64-bit number. */
  readonly taken: SharedArrayBuffer;
  /** Leaves that may wait in memory while nothing can be written. */
  readonly mostUncovered: number;
}

/** `lines`: whole lines behind one free byte. `cover`: answered when a checkpoint covers all that came before. */
export type ToTree =
  { readonly kind: "lines"; readonly block: Uint8Array } | { readonly kind: "cover"; readonly id: number };

export type FromTree =
  | { readonly kind: "open"; readonly end: TreeEnd }
  | { readonly kind: "unopened"; readonly problem: string }
  | { readonly kind: "covered"; readonly id: number; readonly problem: string | null }
  /** What keeps tiles or checkpoints from being written; null when they can be again. */
  | { readonly kind: "state"; readonly problem: string | null };
