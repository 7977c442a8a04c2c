import type { AccessNote, AccessRecord } from "../domain/access-record.ts";
import type { AccessJournal, Clock, Logger } from "../domain/ports.ts";
import type { LogWriter } from "./log-writer.ts";

interface JournalDeps {
  readonly writer: Pick<LogWriter, "keep">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the gateway, as JSON text; see `labelsText`. */
  readonly labels: string;
}

/** What every record has, and what the writer adds. */
type Framing = Pick<AccessRecord, "kind" | "seq" | "timestamp" | "monotonic_ms" | "labels">;

/** Writes to the decision log who ended or gave back whose access; see `AccessRecord`. */
export function accessJournal({ writer, clock, logger, labels }: JournalDeps): AccessJournal {
  return {
    note(note) {
      const at = { timestamp: new Date(clock.now()).toISOString(), monotonic_ms: Math.round(clock.monotonic()) };
      const told = about(note);
      const members = `"kind":"access",${inner(at)},"labels":${labels},${inner(told)}`;
      // It is in force all the same: nobody who ends access waits for a disk.
      writer.keep(`,${members}`, (cause) => {
        const { action, id } = told;
        logger.error("what was done to access could not be recorded", { action, id, error: String(cause) });
      });
    },
  };
}

function about(note: AccessNote): Omit<AccessRecord, keyof Framing> {
  const { action, by, matched } = note;
  if (note.action === "disconnected") {
    const { id, target, reason } = note;
    return { action, id, target, by, reason, matched, until: null };
  }
  const { revocation } = note;
  const { id, reason, until, at: _at, by: _by, ...target } = revocation;
  return {
    action,
    id,
    target,
    by,
    reason,
    matched,
    until: until === null ? null : new Date(until).toISOString(),
  };
}

/** The members of an object as JSON text, without its braces. */
function inner(value: object): string {
  return JSON.stringify(value).slice(1, -1);
}
