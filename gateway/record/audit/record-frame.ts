import type { Block } from "../tree/blocks.ts";

/** The first members of every line of the gateway are these, in this order. */
const frame = /^\{"seq":(\d+),"kind":"([a-z]+)"(?:,"decision_id":"([\w-]+)"(?:,"like":\[([^\]]*)\])?)?/;
/** With references, of which there are three at most. */
const FRAME_BYTES = 400;

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
  const [, digits, kind, id, like] =
    frame.exec(block.toString("latin1", start, Math.min(end, start + FRAME_BYTES))) ?? [];
  if (digits === undefined || kind === undefined) return null;
  return { seq: Number(digits), kind, id: id ?? null, like: like?.match(/[\w-]+/g) ?? noReferences };
}
