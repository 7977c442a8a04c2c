import type { Finding } from "../domain/ports.ts";

interface LogState {
  /** Why the last write failed; null while the log can be written. */
  readonly failure: Error | null;
  /** Records of what was done already that are in memory alone. */
  readonly waiting: number;
  /** Such records that will never be written, since too many waited. */
  readonly lost: number;
  /** What somebody else changed or removed since the start; null for nothing. */
  readonly changed: string | null;
}

/** No space, no quota, no larger file (errno(3)). */
const diskFull: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What an operator has to know of a log that cannot be written, or was not left as it was. */
export function logFindings({ failure, waiting, lost, changed }: LogState): Finding[] {
  const findings: Finding[] = [];
  if (failure !== null) findings.push(failing(failure));
  if (failure !== null && waiting > 0)
    findings.push({
      name: "decision-log-waiting",
      problem: `${counted(waiting)} of what was done already (outcomes, ends of access, signals, receipts) ${waiting === 1 ? "waits" : "wait"} in memory for the decision log`,
      fix: "make the log writable before the gateway stops: a stop, or a crash, loses them; they are written by themselves then",
      severity: "degraded",
    });
  if (lost > 0)
    findings.push({
      name: "decision-log-records-lost",
      problem: `${counted(lost)} of what was done ${lost === 1 ? "is" : "are"} not in the decision log: too many waited while it could not be written`,
      fix: "the gateway's own log (stderr) names each of them; start the gateway again to end this finding",
      severity: "degraded",
    });
  if (changed !== null)
    findings.push({
      name: "decision-log-changed",
      problem: `the decision log was changed by somebody else: ${changed}`,
      fix: "find out who did it, keep what is left of the file, and start the gateway again to end this finding",
      severity: "degraded",
    });
  return findings;
}

function failing(failure: Error): Finding {
  const isFull = diskFull.has((failure as NodeJS.ErrnoException).code ?? "");
  const fix = `make ${isFull ? "room on the disk of the log" : "the log folder writable"}; calls go on by themselves`;
  return { name: "decision-log", problem: failure.message, fix, severity: "unready" };
}

const counted = (records: number): string => `${records} ${records === 1 ? "record" : "records"}`;
