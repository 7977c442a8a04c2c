import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { parseJson } from "../lib/parse-json.ts";

/**
 * The first line of a segment: of kind `segment` when the log goes on as planned, of kind `interruption`, with a `problem`, when
 * something has happened to it.
 */
export interface SegmentHeader {
  readonly kind: "segment" | "interruption";
  readonly seq: number;
  readonly timestamp: string;
  readonly segment: string;
  /** Origin of the log. */
  readonly log: string;
  /** Number of the line among all of the log, from 0: its leaf in the tree. */
  readonly leaf: number;
  /** Why the segment was begun. */
  readonly why: SegmentReason;
  /** The segment before; null for the first. */
  readonly after: string | null;
  readonly problem?: string;
}

/** first: there was none. full, old: the one before had its size or age. moved: it was renamed. problem: see there. */
export type SegmentReason = "first" | "full" | "old" | "moved" | "problem";

/** Null for a line that begins no segment; logs from before there were such lines have none. */
export function headerIn(line: string): SegmentHeader | null {
  const record = recordIn(line);
  const isHeader = typeof record?.["segment"] === "string" && typeof record["leaf"] === "number";
  return isHeader && typeof record["log"] === "string" ? (record as unknown as SegmentHeader) : null;
}

/** A line of the log; null for what is none. */
export function recordIn(line: string): (JsonObject & { readonly seq: number }) | null {
  try {
    const record = parseJson(line) as JsonValue;
    if (!isJsonObject(record)) return null;
    const { seq } = record;
    return typeof seq === "number" && Number.isSafeInteger(seq) && seq > 0 ? { ...record, seq } : null;
  } catch {
    return null;
  }
}
