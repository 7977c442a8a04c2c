import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { Decision } from "../domain/decision.ts";
import type { Outcome } from "../domain/outcome.ts";
import { approvalMetrics, type ApprovalSource } from "./approval-metrics.ts";
import type { LetterCount } from "../domain/ports.ts";
import { openObservations, openTally } from "./tallies.ts";

export interface Metrics {
  decided(route: string, decision: Decision): void;
  finished(route: string, outcome: Outcome, milliseconds: number): void;
  policyActivated(): void;
  policyFailed(stage: string): void;
  /** One attempt to tell people through a channel. */
  told(channel: string, outcome: "sent" | "failed" | "dead"): void;
  /** Where the numbers of waiting and dead messages are read from. */
  letters(read: () => readonly LetterCount[]): void;
  /** Prometheus text exposition format. */
  render(): Promise<string>;
}

/** Counts for Prometheus. Names never carry tools or subjects: their number is not bounded. */
export function createMetrics(heldNow: () => number, approvals: ApprovalSource): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counters = openCounters(registers);
  const calls = openCalls(registers);
  approvalMetrics(registers, approvals);
  new Gauge({
    name: "sallyport_held_calls",
    help: "Calls that wait for people now.",
    registers,
    collect() {
      this.set(heldNow());
    },
  });
  return {
    decided: (route, { effect, indeterminate, evaluationUs }) => {
      calls.decided(route, effect, indeterminate ?? "");
      if (evaluationUs !== null) calls.evaluated(evaluationUs / 1e6);
    },
    finished: (route, outcome, milliseconds) => {
      calls.finished(route, outcome.kind, outcome.code ?? "");
      calls.took(milliseconds / 1e3, outcome.kind);
    },
    policyActivated: () => counters.activations.inc(),
    policyFailed: (stage) => counters.failures.inc({ stage }),
    told: (channel, outcome) => counters.messages.inc({ channel, outcome }),
    letters: (read) => openLetterGauge(registers, read),
    render: () => registry.metrics(),
  };
}

function openCounters(registers: Registry[]) {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `sallyport_${name}`, help, labelNames, registers });
  return {
    activations: counter("policy_activations_total", "Bundles activated.", []),
    messages: counter("channel_messages_total", "Attempts to tell people through a channel, by outcome.", [
      "channel",
      "outcome",
    ]),
    failures: counter("policy_failures_total", "Bundles that were not activated, by stage.", ["stage"]),
  };
}

/** Channels are named in the configuration, so their number is bounded. */
function openLetterGauge(registers: Registry[], read: () => readonly LetterCount[]): void {
  new Gauge({
    name: "sallyport_channel_letters",
    help: "Messages to people that are due and not sent yet (waiting), and that were given up (dead).",
    labelNames: ["channel", "state"],
    registers,
    collect() {
      this.reset();
      for (const { channel, state, count } of read()) this.set({ channel, state }, count);
    },
  });
}

/** What is counted for every call. */
function openCalls(registers: Registry[]) {
  const described = (name: string, help: string) => ({ name: `sallyport_${name}`, help, registers });
  return {
    decided: openTally(described("decisions_total", "Decisions by effect and doubt (the gateway's own denies)."), [
      "route",
      "effect",
      "doubt",
    ]),
    finished: openTally(described("outcomes_total", "What came of decisions."), ["route", "outcome", "code"]),
    evaluated: openObservations({
      ...described("policy_evaluation_seconds", "Time of one policy evaluation."),
      buckets: [0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.01],
    }),
    took: openObservations(
      {
        ...described("request_seconds", "From arrival to the end of the answer, waiting for people included."),
        buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120],
      },
      "outcome",
    ),
  };
}
