import type { Block } from "../tree/blocks.ts";

/** The first members of every line of the gateway are these, in this order. */
const frame = /^\{"seq":(\d+),"kind":"([a-z]+)"(?:,"decision_id":"([\w-]+)"(,"like":\[)?)?/;
const removal = Buffer.from('"kind":"pruned"');
/** Its number has 16 digits at most. */
const KIND_BYTES = 48;

export interface RecordFrame {
  /** Digits. */
  readonly seq: string;
  readonly kind: string;
  /** Of the decision; null for a record of none. */
  readonly id: string | null;
  /** Names shared members, see `likeIn`. */
  readonly refers: boolean;
}

/** What a line begins with, without parsing all of it; null for one that does not begin as a record. `line`: a character for each byte. */
export function frameOf(line: string): RecordFrame | null {
  const [, seq, kind, id, like] = frame.exec(line) ?? [];
  if (seq === undefined || kind === undefined) return null;
  return { seq, kind, id: id ?? null, refers: like !== undefined };
}

/** Without a string for each line: false for one that is of another kind for certain. */
export function mayBeOfRemoval(block: Block, start: number, end: number): boolean {
  return block.subarray(start, Math.min(end, start + KIND_BYTES)).includes(removal);
}
