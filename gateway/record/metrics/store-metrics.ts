import type { Registry } from "prom-client";
import type { StoreOperation } from "../../domain/ports.ts";
import { openObservations } from "./tallies.ts";

/** Time in the embedded store, in which the whole process stands still. Without waiting for transactions of the same process. */
export function storeMetrics(registers: Registry[]) {
  const took = openObservations(
    {
      name: "sallyport_store_seconds",
      help: "Time of one read, one write that is one piece, and one commit of a transaction in the store.",
      buckets: [0.000_02, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 5],
      registers,
    },
    "operation",
  );
  return { storeTook: (operation: StoreOperation, seconds: number): void => took(seconds, operation) };
}
