import { mkdir, open, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../domain/ports.ts";

const pattern = /^decisions-(\d{6})\.jsonl$/;

/** Segment names in order, oldest first. */
export async function segmentNames(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => pattern.test(name)).sort();
}

/** The newest segment's name; the first one for an empty folder, which is made when missing. */
export async function lastSegment(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return (await segmentNames(dir)).at(-1) ?? "decisions-000001.jsonl";
}

export function nextSegmentName(name: string): string {
  const number = Number(pattern.exec(name)?.[1] ?? 0) + 1;
  return `decisions-${String(number).padStart(6, "0")}.jsonl`;
}

/** The last sequence number of the whole log, 0 when there is none; a segment just begun may still be empty. */
export async function lastSequence(dir: string, logger: Logger): Promise<number> {
  for (const name of (await segmentNames(dir)).reverse()) {
    const found = await recoverTail(join(dir, name), logger);
    if (found > 0) return found;
  }
  return 0;
}

/**
 * Makes a segment end in a whole line and returns the last sequence number (0 when empty).
 * A torn last line comes from a crash before its fdatasync: nobody was told it was written.
 * It is kept beside the log, not in it.
 */
async function recoverTail(file: string, logger: Logger): Promise<number> {
  const bytes = await readTail(file);
  if (bytes === null || bytes.data.length === 0) return 0;
  const { data, offset } = bytes;
  const end = data.lastIndexOf(0x0a) + 1;
  if (end < data.length) {
    await writeFile(`${file}.torn`, data.subarray(end), { flag: "a", mode: 0o600 });
    await truncate(file, offset + end);
    logger.warn("a torn last line was moved out of the decision log", { bytes: data.length - end });
  }
  if (end === 0) return 0;
  const start = data.lastIndexOf(0x0a, end - 2) + 1;
  return sequenceOf(data.subarray(start, end - 1).toString());
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

function sequenceOf(line: string): number {
  const record: unknown = JSON.parse(line);
  const seq = typeof record === "object" && record !== null && "seq" in record ? record.seq : null;
  if (typeof seq !== "number") throw new Error("the last line of the decision log has no sequence number");
  return seq;
}
