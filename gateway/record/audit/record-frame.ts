import { likeIn } from "../decision/shared-record.ts";
import type { Block } from "../tree/blocks.ts";

/** The first members of every line of the gateway are these, in this order. */
const frame = /^\{"seq":(\d+),"kind":"([a-z]+)"(?:,"decision_id":"([\w-]+)"(,"like":\[)?)?/;
const FRAME_BYTES = 160;
const LIST_END = 0x5d;

export interface RecordFrame {
  readonly seq: number;
  readonly kind: string;
  /** Of the decision; null for a record of none. */
  readonly id: string | null;
  /** Digests of the shared members that it refers to. */
  readonly like: readonly string[];
}

const noReferences: readonly string[] = [];

/** What a line begins with, without parsing all of it; null for one that does not begin as a record. */
export function frameOf(block: Block, start: number, end: number): RecordFrame | null {
  const [, digits, kind, id, refers] =
    frame.exec(block.toString("latin1", start, Math.min(end, start + FRAME_BYTES))) ?? [];
  if (digits === undefined || kind === undefined) return null;
  const like = refers === undefined ? noReferences : likeIn(upToList(block, start, end));
  return { seq: Number(digits), kind, id: id ?? null, like };
}

function upToList(block: Block, start: number, end: number): string {
  const list = block.indexOf(LIST_END, start);
  return block.toString("latin1", start, list === -1 ? end : Math.min(end, list + 1));
}
