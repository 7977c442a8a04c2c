import { Counter, Gauge, type Registry } from "prom-client";
import type { PolicyFailure } from "../../domain/ports.ts";

type Stage = PolicyFailure["stage"];

const stages = Object.keys({
  compile: 0,
  load: 0,
  verify: 0,
  "self-test": 0,
  activate: 0,
  require: 0,
} satisfies Record<Stage, 0>);

/** What became of edits of the policy. */
export function policyMetrics(registers: Registry[]) {
  const activations = new Counter({
    name: "sallyport_policy_activations_total",
    help: "Bundles activated.",
    registers,
  });
  const failures = new Counter({
    name: "sallyport_policy_failures_total",
    help: "Bundles that were not activated, by stage.",
    labelNames: ["stage"],
    registers,
  });
  // From 0 on: the first failure is an increase too.
  for (const stage of stages) failures.inc({ stage }, 0);
  return {
    policyActivated: (): void => activations.inc(),
    policyFailed: (stage: Stage): void => failures.inc({ stage }),
    policyActive: (read: () => number | null): void =>
      gauge(registers, {
        name: "sallyport_policy_active_since_seconds",
        help: "Unix time since which the active policy is active; 0: none is.",
        read: () => (read() ?? 0) / 1e3,
      }),
    policyWaiting: (read: () => number): void =>
      gauge(registers, {
        name: "sallyport_policy_waiting_widened_decisions",
        help: "Recorded decisions that a change of the policy that waits to be accepted lets through and the active one does not; 0: none waits, or it widens nothing.",
        read,
      }),
    policyUnapplied: (read: () => number | null): void =>
      gauge(registers, {
        name: "sallyport_policy_edit_not_applied_since_seconds",
        help: "Unix time since which an edit of the policy is not applied, because it failed or its build is slow; 0: all are.",
        read: () => (read() ?? 0) / 1e3,
      }),
  };
}

interface Read {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

/** One that is read when it is asked for. */
function gauge(registers: Registry[], { name, help, read }: Read): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}
