import type { Config } from "../config/config.ts";
import type { Clock, DecisionSearch, Logger } from "../domain/ports.ts";
import { labelsText } from "../record/decision-line.ts";
import { LogWriter } from "../record/log-writer.ts";
import { createMetrics, type Metrics } from "../record/metrics.ts";
import { Recorder } from "../record/recorder.ts";
import { decisionSearch } from "../record/search.ts";
import { logMarks } from "../store/store-marks.ts";
import type { Approvals } from "./open-approvals.ts";
import type { State } from "./open-state.ts";

const segmentBytes = 256 * 1024 * 1024;
const markEveryMs = 1_000;

export interface RecordsDeps {
  readonly state: State;
  readonly approvals: Approvals;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Records {
  readonly writer: LogWriter;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
  readonly decisions: DecisionSearch;
  closeLog(): Promise<void>;
}

/** The decision log, what is counted, and search over both. */
export function openRecords(config: Config, { state, approvals, clock, logger }: RecordsDeps): Records {
  const { dir, mask, bufferedCap } = config.record;
  const marks = logMarks(state.connection, state.lock.id);
  const writer = new LogWriter({ dir, clock, logger, marks, segmentBytes, queueRecords: bufferedCap });
  const metrics = createMetrics(() => approvals.store.countAllHeld(), {
    attention: approvals.attention,
    fatigue: approvals.fatigue,
  });
  const labels = labelsText(config.instance, config.environment);
  const recorder = new Recorder({ writer, clock, logger, metrics, labels, maskPointers: mask });
  const stopMarks = state.background.every(markEveryMs, {
    name: "log-marks",
    failing: "how far the decision log has come cannot be kept in the store",
    severity: "unready",
    work: () => writer.keepMark(),
  });
  return {
    writer,
    metrics,
    recorder,
    decisions: decisionSearch(dir, state.index, logger),
    async closeLog(): Promise<void> {
      await stopMarks();
      await writer.close();
      await state.background.run({
        name: "log-marks",
        failing: "the end of the decision log cannot be kept in the store",
        severity: "degraded",
        work: () => writer.keepMark(),
      });
    },
  };
}
