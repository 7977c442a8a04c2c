import type { Config } from "../config/config.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { labelsText } from "../record/decision-line.ts";
import { LogWriter } from "../record/log-writer.ts";
import { createMetrics } from "../record/metrics.ts";
import { Recorder } from "../record/recorder.ts";
import { decisionSearch } from "../record/search.ts";
import { logMarks } from "../store/store-marks.ts";
import type { openApprovals } from "./open-approvals.ts";
import type { State } from "./open-state.ts";

const segmentBytes = 256 * 1024 * 1024;
const markEveryMs = 1_000;

export interface RecordsDeps {
  readonly state: State;
  readonly approvals: ReturnType<typeof openApprovals>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The decision log, what is counted, and search over both. */
export function openRecords(config: Config, { state, approvals, clock, logger }: RecordsDeps) {
  const { dir, mask, bufferedCap } = config.record;
  const marks = logMarks(state.database, state.lock.id);
  const writer = new LogWriter({ dir, clock, logger, marks, segmentBytes, queueRecords: bufferedCap });
  const metrics = createMetrics(() => approvals.approvalStore.countAllHeld(), approvals);
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
      stopMarks();
      await writer.close();
      state.background.run({
        name: "log-marks",
        failing: "the end of the decision log cannot be kept in the store",
        severity: "degraded",
        work: () => writer.keepMark(),
      });
    },
  };
}
