import { Counter, Gauge, type Registry } from "prom-client";
import type { BreakerState } from "../../domain/ports.ts";

const levels: Readonly<Record<BreakerState["state"], number>> = { closed: 0, "half-open": 1, open: 2 };

/** By the name of the limit, never by who met it: the number of names is bounded by the configuration. */
export function limitMetrics(registers: Registry[]) {
  const refusals = new Counter({
    name: "sallyport_limit_refusals_total",
    help: "Calls that a limit refused; limits that policy asks for have the name policy.",
    labelNames: ["limit"],
    registers,
  });
  return {
    limitReached: (limit: string): void => refusals.inc({ limit }),
    breakers(read: () => readonly BreakerState[]): void {
      new Gauge({
        name: "sallyport_breaker_state",
        help: "Calls to the tool server: 0 sent, 1 one may try, 2 refused.",
        labelNames: ["limit", "origin"],
        registers,
        collect() {
          this.reset();
          for (const { limit, origin, state } of read()) this.set({ limit, origin }, levels[state]);
        },
      });
    },
  };
}
