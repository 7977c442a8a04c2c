import { Gauge, Histogram, type Registry } from "prom-client";
import { askedGauge } from "./asked-gauge.ts";

/** Records that are not on disk yet. */
export interface LogLag {
  readonly records: number;
  /** Age of the oldest; 0 when there is none. */
  readonly seconds: number;
}

/** How long records take to the disk. */
export function logMetrics(registers: Registry[]) {
  const written = new Histogram({
    name: "sallyport_log_write_seconds",
    help: "From the first record of a batch to the batch on disk.",
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  return {
    logWritten: (seconds: number): void => written.observe(seconds),
    log(read: () => LogLag): void {
      new Gauge({
        name: "sallyport_log_lag_records",
        help: "Records that are not on disk yet.",
        registers,
        collect() {
          this.set(read().records);
        },
      });
      new Gauge({
        name: "sallyport_log_lag_seconds",
        help: "Age of the oldest record that is not on disk yet; 0: all are.",
        registers,
        collect() {
          this.set(read().seconds);
        },
      });
    },
    timeStamps: (ageSeconds: () => number | null): void => openStampGauge(registers, ageSeconds),
  };
}

function openStampGauge(registers: Registry[], ageSeconds: () => number | null): void {
  askedGauge(
    {
      name: "sallyport_log_time_stamp_age_seconds",
      help: "How long ago the newest time stamp of the log is; no series: there is none yet.",
      registers,
    },
    () => Promise.resolve(ageSeconds()),
    (gauge, seconds) => (seconds === null ? gauge.remove() : gauge.set(seconds)),
  );
}
