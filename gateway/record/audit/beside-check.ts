import { filesBeside, segmentDigest, type SegmentFile } from "../segment-files.ts";
import type { AuditProblems } from "./audit-report.ts";

/**
 * Files beside those that hold the segments. Nothing reads them, and whoever unpacks one may take it for the log. While a log is written, its
 * segments are compressed, and both files are there until the plain one is removed: one with the same lines is no fault then.
 */
export async function checkBeside(dir: string, isLive: boolean, problems: AuditProblems): Promise<void> {
  for (const { counted, beside } of await filesBeside(dir)) {
    const lines = await compared(dir, beside, counted);
    if (lines === null || (isLive && lines === "the same lines")) continue;
    problems.add("file", beside.file, `is not read, since ${counted.file} is the segment; it has ${lines}`);
  }
}

/** Null when it has gone since the folder was listed. */
async function compared(dir: string, beside: SegmentFile, counted: SegmentFile): Promise<string | null> {
  try {
    const isSame = (await segmentDigest(dir, beside)) === (await segmentDigest(dir, counted));
    return isSame ? "the same lines" : "other lines";
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException;
    return code === "ENOENT" ? null : `lines that cannot be compared: ${message}`;
  }
}
