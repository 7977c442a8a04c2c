import { Refusal } from "../domain/errors.ts";
import type { Clock, Ids, Logger, NoteSignal, RecordSignal, SignalNotice } from "../domain/ports.ts";
import { millisecondsText } from "./decision/decision-line.ts";
import type { LogWriter } from "./log-writer.ts";

export interface SignalRecorderDeps {
  readonly writer: Pick<LogWriter, "append" | "keep">;
  readonly clock: Clock;
  readonly ids: Pick<Ids, "make">;
  readonly logger: Logger;
  /** Of the gateway, as JSON text; see `labelsText`. */
  readonly labels: string;
}

/** Writes what others said of callers into the decision log, as lines of kind "signal". */
export function signalRecorder({ writer, clock, ids, labels, logger }: SignalRecorderDeps): {
  readonly record: RecordSignal;
  readonly note: NoteSignal;
} {
  const lineOf = (notice: SignalNotice): string => signalLine(notice, ids.make("s"), clock, labels);
  return {
    record: (notice) =>
      new Promise((written, unwritten) => {
        writer.append(lineOf(notice), (cause) => {
          if (cause === null) written();
          else unwritten(new Refusal("record_unavailable", { detail: String(cause), cause }));
        });
      }),
    note(notice) {
      writer.keep(lineOf(notice), (cause) => {
        const { transmitter, way, jti, effect, code } = notice;
        logger.error("a signal could not be recorded", { transmitter, way, jti, effect, code, error: String(cause) });
      });
    },
  };
}

/** The members of the record, each with a comma in front: its sequence number comes first. */
function signalLine(notice: SignalNotice, id: string, clock: Clock, labels: string): string {
  const { transmitter, way, jti, events, effect, code, detail, targets, unused, revocations } = notice;
  const known = { transmitter, way, jti, events, effect, code, detail, targets, unused, revocations };
  const at = new Date(clock.now()).toISOString();
  const members = JSON.stringify(known).slice(1, -1);
  const when = `"timestamp":"${at}","monotonic_ms":${millisecondsText(clock.monotonic())}`;
  return `,"kind":"signal","signal_id":"${id}",${when},"labels":${labels},${members}`;
}
