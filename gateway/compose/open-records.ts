import { createPrivateKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { AccessJournal, Clock, DecisionSearch, Ids, Logger } from "../domain/ports.ts";
import { accessJournal } from "../record/access-journal.ts";
import { labelsText } from "../record/decision/decision-line.ts";
import { LogWriter } from "../record/log-writer.ts";
import type { Metrics } from "../record/metrics/metrics.ts";
import { type ReceiptJournal, receiptJournal } from "../record/receipt-journal.ts";
import { Recorder } from "../record/recorder.ts";
import { LogKeeper } from "../record/retention/log-keeper.ts";
import { LogSpace } from "../record/retention/log-space.ts";
import { decisionSearch } from "../record/search.ts";
import { logKeyFile, openLogKey } from "../record/tree/log-keys.ts";
import { TreeFollower } from "../record/tree/tree-follower.ts";
import { Shipping } from "../ship/shipping.ts";
import { logConsumers } from "../ship/unsent.ts";
import { logMarks } from "../store/store-marks.ts";
import type { Approvals } from "./open-approvals.ts";
import type { State } from "./open-state.ts";
import { proveLog } from "./prove-log.ts";
import packageFile from "../../package.json" with { type: "json" };

const markEveryMs = 1_000;
const spaceEveryMs = 1_000;
const keepEveryMs = 10_000;
/** What the newest records get to be sent when the gateway stops. */
const shipGraceMs = 2_000;

export interface RecordsDeps {
  readonly log: LogParts;
  readonly state: State;
  readonly approvals: Approvals;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Records extends Pick<LogParts, "journal"> {
  readonly writer: LogWriter;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
  readonly decisions: DecisionSearch;
  /** Null when the log is sent nowhere. */
  readonly shipping: Shipping | null;
  closeLog(): Promise<void>;
}

export interface LogParts {
  readonly writer: LogWriter;
  readonly tree: TreeFollower;
  readonly space: LogSpace;
  /** Of the gateway, as JSON text. */
  readonly labels: string;
  readonly journal: AccessJournal;
  readonly receiptJournal: ReceiptJournal;
}

/** The decision log, closed until it is opened, and what is written to it beside decisions. */
export function openLogWriter(
  config: Config,
  { state, clock, ids, logger, metrics }: Pick<RecordsDeps, "state" | "clock" | "ids" | "logger" | "metrics">,
): LogParts {
  const { dir, bufferedCap, segment, originPrefix } = config.record;
  const marks = logMarks(state.connection, state.lock.id);
  const freshOrigin = `${originPrefix}/${ids.make("l")}`;
  const tree = new TreeFollower({ dir, freshOrigin, key: logKey(config), logger });
  const limits = { segmentBytes: segment.bytes, segmentAgeMs: segment.ageMs, queueRecords: bufferedCap };
  const space = new LogSpace({ dir, lowBytes: config.record.lowSpaceBytes });
  const writer = new LogWriter({ dir, clock, logger, marks, tree, space, ...limits, written: metrics.logWritten });
  metrics.log(() => writer.lag());
  const labels = labelsText(config.instance, config.environment);
  return {
    writer,
    labels,
    tree,
    space,
    journal: accessJournal({ writer, clock, logger, labels }),
    receiptJournal: receiptJournal({ writer, clock, logger }),
  };
}

/** Looks at the room for the log, compresses its closed segments and removes the oldest. @returns how to stop it */
function keepLog(config: Config, { log, state, clock }: Pick<RecordsDeps, "log" | "state" | "clock">) {
  const { dir, compress, retention } = config.record;
  const { writer, tree, space } = log;
  const consumers = logConsumers(cursorsOf(config), config.record.ship);
  const { index } = state;
  const keeper = new LogKeeper({ dir, clock, writer, tree, space, index, compress, retention, consumers });
  const ended = new AbortController();
  const stops = [
    state.background.every(spaceEveryMs, {
      name: "log-space",
      failing: "how much room the decision log has cannot be found out",
      severity: "degraded",
      work: () => space.look(),
    }),
    state.background.every(keepEveryMs, {
      name: "log-retention",
      failing: "segments of the decision log cannot be compressed or removed",
      severity: "degraded",
      work: () => keeper.keep(ended.signal),
    }),
  ];
  return async function stop(): Promise<void> {
    ended.abort();
    await Promise.all(stops.map((one) => one()));
  };
}

const cursorsOf = ({ dataDir }: Config): string => join(dataDir, "ship");

/** What sends the log to where the configuration says, once it is started; null when that is nowhere. */
function shipLog(config: Config, { logger, clock }: Pick<RecordsDeps, "logger" | "clock">): Shipping | null {
  const { instance, environment, labels, record } = config;
  if (record.ship.length === 0) return null;
  const sender = { instance, environment, version: packageFile.version, labels };
  return new Shipping({
    dir: record.dir,
    cursors: cursorsOf(config),
    destinations: record.ship,
    thread: new URL("./ship-thread.ts", import.meta.url),
    sender,
    logger,
    clock,
  });
}

/** @throws Error when it cannot be used */
function logKey({ record, dataDir, secret }: Config): KeyObject {
  const { signingKeyReference } = record;
  if (signingKeyReference === null) return openLogKey(join(dataDir, logKeyFile));
  return createPrivateKey(secret(signingKeyReference));
}

/** Decisions to the log, what is counted, and search over both. */
export function openRecords(
  config: Config,
  { log, state, approvals, clock, ids, logger, metrics }: RecordsDeps,
): Records {
  const { dir, mask, arguments: kept } = config.record;
  const { writer, labels, journal } = log;
  const { attention, fatigue, store } = approvals;
  metrics.approvals({ attention, fatigue, store, events: approvals.deps.events, clock });
  const recorder = new Recorder({ writer, clock, logger, metrics, labels, maskPointers: mask, arguments: kept });
  const stopMarks = state.background.every(markEveryMs, {
    name: "log-marks",
    failing: "how far the decision log has come cannot be kept in the store",
    severity: "unready",
    work: () => writer.keepMark(),
  });
  const stopKeeping = keepLog(config, { log, state, clock });
  const stopProving = proveLog(config, { background: state.background, clock, ids, metrics });
  const shipping = shipLog(config, { logger, clock });
  metrics.shipping(() => shipping?.states() ?? []);
  return {
    shipping,
    writer,
    journal,
    metrics,
    recorder,
    decisions: decisionSearch(dir, state.index, logger),
    async closeLog(): Promise<void> {
      await stopKeeping();
      await stopMarks();
      await writer.close();
      await stopProving();
      await shipping?.stop(shipGraceMs);
      await state.background.run({
        name: "log-marks",
        failing: "the end of the decision log cannot be kept in the store",
        severity: "degraded",
        work: () => writer.keepMark(),
      });
    },
  };
}
