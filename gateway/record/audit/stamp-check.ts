import type { X509Certificate } from "node:crypto";
import { parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { StampFolder } from "../time-stamp/stamp-folder.ts";
import { verifyTimeStamp } from "../time-stamp/token.ts";
import type { AuditProblems, StampedLines } from "./audit-report.ts";

interface Stamped {
  /** Checkpoints as text, which the log has to go on from. */
  readonly kept: readonly string[];
  readonly told: readonly StampedLines[] | null;
}

export const notStamped: Stamped = { kept: [], told: null };

/**
 * The time stamps that the log has, each over the checkpoint beside it. One of an authority that was not given proves nothing to who
 * verifies; it is told, and is no fault: authorities change.
 */
export function stampedBy(authorities: readonly X509Certificate[], dir: string, problems: AuditProblems): Stamped {
  const folder = new StampFolder(dir);
  const sizes = sizesIn(folder, problems);
  if (sizes.length === 0) problems.add("time-stamp", "tlog", "the log has no time stamp");
  const held = sizes.flatMap((size) => {
    try {
      const { checkpoint, response } = folder.read(size);
      const { at, authority, isTrusted } = verifyTimeStamp(response, checkpoint, authorities);
      const text = checkpoint.toString();
      if (parseCheckpoint(text)?.size !== size) throw new Error(`what it stamps is no checkpoint of ${size} lines`);
      return [{ text, told: { size, at: new Date(at).toISOString(), by: authority, is_given: isTrusted } }];
    } catch (failure) {
      problems.add("time-stamp", `tlog/time-stamps/${size}.tsr`, (failure as Error).message);
      return [];
    }
  });
  const ofGiven = held.filter(({ told }) => told.is_given);
  if (held.length > 0 && ofGiven.length === 0)
    problems.add("time-stamp", "tlog/time-stamps", "no time stamp is of an authority that was given");
  return { kept: ofGiven.map(({ text }) => text), told: held.map(({ told }) => told) };
}

function sizesIn(folder: StampFolder, problems: AuditProblems): number[] {
  try {
    return folder.sizes();
  } catch (failure) {
    problems.add("time-stamp", "tlog/time-stamps", `cannot be read: ${(failure as Error).message}`);
    return [];
  }
}
