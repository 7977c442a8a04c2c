import { mkdir, open, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../domain/ports.ts";

const pattern = /^decisions-(\d{6,})\.jsonl$/;

/** Segment names in order, oldest first; none when there is no folder. */
export async function segmentNames(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return names.filter((name) => pattern.test(name)).sort((one, other) => numberOf(one) - numberOf(other));
}

/** The name after the newest of `names` and `last`: a segment's name is never used twice while the process runs. */
export function nextSegmentName(names: readonly string[], last = ""): string {
  const newest = Math.max(...[last, ...names].map(numberOf));
  return `decisions-${String(newest + 1).padStart(6, "0")}.jsonl`;
}

function numberOf(name: string): number {
  return Number(pattern.exec(name)?.[1] ?? 0);
}

/** Where a log ends. */
export interface LogEnd {
  /** The newest segment; null for a folder without any. */
  readonly segment: string | null;
  /** The last sequence number, 0 when there is none. */
  readonly seq: number;
  /** What is wrong with the newest segment's end, so that it must not be appended to; null when nothing is. */
  readonly problem: string | null;
}

/** Reads where the log ends; the folder is made when missing, and a torn last line moved out of the newest segment. */
export async function logEnd(dir: string, logger: Logger): Promise<LogEnd> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const names = (await segmentNames(dir)).reverse();
  let problem: string | null = null;
  for (const name of names) {
    const found = await recoverTail(join(dir, name), logger);
    if (name === names[0] && found.foreign) problem = `${name} ends in a line that is no record of the gateway`;
    // A segment just begun may still be empty.
    if (found.seq > 0) return { segment: names[0] ?? null, seq: found.seq, problem };
  }
  return { segment: names[0] ?? null, seq: 0, problem };
}

interface Tail {
  /** 0 when no line is a record. */
  readonly seq: number;
  /** The last line is whole and is no record. */
  readonly foreign: boolean;
}

const empty: Tail = { seq: 0, foreign: false };

/**
 * Makes a segment end in a whole line and finds its last sequence number. A torn last line comes from a crash before its
 * write was over: nobody was told that it was written. It is kept beside the log, not in it.
 */
async function recoverTail(file: string, logger: Logger): Promise<Tail> {
  const bytes = await readTail(file);
  if (bytes === null || bytes.data.length === 0) return empty;
  const { data, offset } = bytes;
  const end = data.lastIndexOf(0x0a) + 1;
  if (end < data.length) {
    await writeFile(`${file}.torn`, data.subarray(end), { flag: "a", mode: 0o600 });
    await truncate(file, offset + end);
    logger.warn("a torn last line was moved out of the decision log", { bytes: data.length - end });
  }
  return lastRecord(data, end);
}

function lastRecord(data: Buffer, end: number): Tail {
  for (let upTo = end; upTo > 0;) {
    // From -1 it would search from the end again.
    const start = upTo === 1 ? 0 : data.lastIndexOf(0x0a, upTo - 2) + 1;
    const seq = sequenceOf(data.toString("utf8", start, upTo - 1));
    if (seq !== null) return { seq, foreign: upTo < end };
    upTo = start;
  }
  return { seq: 0, foreign: end > 0 };
}

/** Longest line a record can have: the input cap, twice for escapes, and its frame. */
const tailBytes = 4 * 1024 * 1024;

async function readTail(file: string): Promise<{ data: Buffer; offset: number } | null> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    const offset = Math.max(0, size - tailBytes);
    const data = Buffer.alloc(size - offset);
    await handle.read(data, 0, data.length, offset);
    return { data, offset };
  } finally {
    await handle.close();
  }
}

function sequenceOf(line: string): number | null {
  try {
    const record: unknown = JSON.parse(line);
    const seq = typeof record === "object" && record !== null && "seq" in record ? record.seq : null;
    return typeof seq === "number" && Number.isSafeInteger(seq) && seq > 0 ? seq : null;
  } catch {
    return null;
  }
}
