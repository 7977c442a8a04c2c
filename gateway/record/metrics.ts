import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Decision } from "../domain/decision.ts";
import type { Outcome } from "../domain/outcome.ts";

export interface Metrics {
  decided(route: string, decision: Decision): void;
  finished(route: string, outcome: Outcome, milliseconds: number): void;
  policyActivated(): void;
  policyFailed(stage: string): void;
  /** Prometheus text exposition format. */
  render(): Promise<string>;
}

/** Counts for Prometheus. Names never carry tools or subjects: their number is not bounded. */
export function createMetrics(heldNow: () => number): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const decisions = new Counter({
    name: "sallyport_decisions_total",
    help: "Decisions by route, effect and doubt (the gateway's own denies).",
    labelNames: ["route", "effect", "doubt"],
    registers,
  });
  const outcomes = new Counter({
    name: "sallyport_outcomes_total",
    help: "What came of decisions.",
    labelNames: ["route", "outcome", "code"],
    registers,
  });
  const evaluation = new Histogram({
    name: "sallyport_policy_evaluation_seconds",
    help: "Time of one policy evaluation.",
    buckets: [0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.01],
    registers,
  });
  const duration = new Histogram({
    name: "sallyport_request_seconds",
    help: "From arrival to the end of the answer, waiting for people included.",
    labelNames: ["outcome"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120],
    registers,
  });
  const activations = new Counter({ name: "sallyport_policy_activations_total", help: "Bundles activated.", registers });
  const failures = new Counter({
    name: "sallyport_policy_failures_total",
    help: "Bundles that were not activated, by stage.",
    labelNames: ["stage"],
    registers,
  });
  new Gauge({
    name: "sallyport_held_calls",
    help: "Calls that wait for people now.",
    registers,
    collect() {
      this.set(heldNow());
    },
  });
  return {
    decided: (route, decision) => {
      decisions.inc({ route, effect: decision.effect, doubt: decision.doubt ?? "" });
      if (decision.evaluationUs !== null) evaluation.observe(decision.evaluationUs / 1e6);
    },
    finished: (route, outcome, milliseconds) => {
      outcomes.inc({ route, outcome: outcome.kind, code: outcome.code ?? "" });
      duration.observe({ outcome: outcome.kind }, milliseconds / 1e3);
    },
    policyActivated: () => activations.inc(),
    policyFailed: (stage) => failures.inc({ stage }),
    render: () => registry.metrics(),
  };
}
