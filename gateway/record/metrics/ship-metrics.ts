import { Counter, Gauge, type Registry } from "prom-client";
import type { ShipState } from "../../domain/shipping.ts";

type Count = "sent" | "failures" | "missed" | "reduced";

const counts: Readonly<Record<Count, readonly [name: string, help: string]>> = {
  sent: ["records_total", "Lines of the log that a destination has had, since the start of the thread that sends."],
  failures: ["failures_total", "Attempts to send that have failed."],
  missed: ["missed_total", "Records that were gone from the log before they could be sent, at most."],
  reduced: ["reduced_total", "Records of which the receiver took less than all, or none."],
};

/** Destinations are named in the configuration, so their number is bounded. */
export function shipMetrics(registers: Registry[]): { shipping(read: () => readonly ShipState[]): void } {
  return {
    shipping(read) {
      const described = { labelNames: ["destination"], registers };
      new Gauge({
        ...described,
        name: "sallyport_ship_lag_records",
        help: "Records on disk that a destination has not had.",
        collect() {
          for (const { name, records } of read()) this.set({ destination: name }, records);
        },
      });
      new Gauge({
        ...described,
        name: "sallyport_ship_lag_seconds",
        help: "Age of the oldest record that a destination has not had.",
        collect() {
          for (const { name, seconds } of read()) this.set({ destination: name }, seconds);
        },
      });
      for (const [member, [name, help]] of Object.entries(counts) as [Count, readonly [string, string]][])
        openCounter(registers, { name: `sallyport_ship_${name}`, help }, () =>
          read().map((state) => [state.name, state[member]]),
        );
    },
  };
}

/** The thread counts; a thread that was started again counts from 0, as a process does. */
function openCounter(
  registers: Registry[],
  described: { readonly name: string; readonly help: string },
  read: () => (readonly [destination: string, count: number])[],
): void {
  new Counter({
    ...described,
    labelNames: ["destination"],
    registers,
    collect() {
      this.reset();
      for (const [destination, count] of read()) this.inc({ destination }, count);
    },
  });
}
