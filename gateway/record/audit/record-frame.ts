import type { Block } from "../tree/blocks.ts";

/** The first members of every line of the gateway are these, in this order. */
const frame = /^\{"seq":(\d+),"kind":"([a-z]+)"(?:,"decision_id":"([\w-]+)")?/;
const FRAME_BYTES = 160;

export interface RecordFrame {
  readonly seq: number;
  readonly kind: string;
  /** Of the decision; null for a record of none. */
  readonly id: string | null;
}

/** What a line begins with, without parsing all of it; null for one that does not begin as a record. */
export function frameOf(block: Block, start: number, end: number): RecordFrame | null {
  const [, digits, kind, id] = frame.exec(block.toString("latin1", start, Math.min(end, start + FRAME_BYTES))) ?? [];
  return digits === undefined || kind === undefined ? null : { seq: Number(digits), kind, id: id ?? null };
}
