import { Counter, Histogram, Registry, collectDefaultMetrics, Gauge } from "prom-client";
import type { ServedBundleStatus } from "../domain/bundle-service.ts";
import type { Decision } from "../domain/decision.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { Attention, BreakerState, Fatigue, OutboxCount } from "../domain/ports.ts";
import type { ShipState } from "../domain/shipping.ts";
import { limitMetrics } from "./limit-metrics.ts";
import { shipMetrics } from "./ship-metrics.ts";
import { policyMetrics } from "./policy-metrics.ts";

export interface Metrics {
  decided(route: string, decision: Decision): void;
  finished(route: string, outcome: Outcome, milliseconds: number): void;
  policyActivated(): void;
  policyFailed(stage: string): void;
  /** Where it is read from since when an edit of the policy is not applied, in milliseconds since the epoch; null: all are. */
  policyUnapplied(read: () => number | null): void;
  /** Where it is read from how bundles of bundle services are. */
  servedBundles(read: () => readonly ServedBundleStatus[]): void;
  /** One attempt to tell people through a channel. */
  messageSent(channel: string, outcome: "sent" | "failed" | "dead"): void;
  /** One event of a transmitter of signals, and what came of it. */
  signalReceived(transmitter: string, event: string, effect: string): void;
  signalFetchFailed(transmitter: string): void;
  /** Where the numbers of waiting and dead messages are read from. */
  outbox(read: () => Promise<readonly OutboxCount[]>): void;
  /** A limit refused a call. */
  limitReached(limit: string): void;
  /** Where the states of breakers are read from. */
  breakers(read: () => readonly BreakerState[]): void;
  /** Where it is read from how far destinations of the log are. */
  shipping(read: () => readonly ShipState[]): void;
  /** Prometheus text exposition format. */
  render(): Promise<string>;
}

/** Counts for Prometheus. Names never carry tools or subjects: their number is not bounded. */
export function createMetrics(heldNow: () => Promise<number>, approvals: ApprovalSource): Metrics {
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
    async collect() {
      this.set(await heldNow());
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
      const { credentials } = outcome;
      if (credentials !== null && credentials.removed > 0) counters.removed.inc({ route }, credentials.removed);
    },
    ...policyMetrics(registers),
    messageSent: (channel, outcome) => counters.messages.inc({ channel, outcome }),
    signalReceived: (transmitter, event, effect) => counters.signals.inc({ transmitter, event, effect }),
    signalFetchFailed: (transmitter) => counters.fetches.inc({ transmitter }),
    outbox: (read) => openOutboxGauge(registers, read),
    ...limitMetrics(registers),
    ...shipMetrics(registers),
    render: () => registry.metrics(),
  };
}

function openCounters(registers: Registry[]) {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `sallyport_${name}`, help, labelNames, registers });
  return {
    messages: counter("channel_messages_total", "Attempts to tell people through a channel, by outcome.", [
      "channel",
      "outcome",
    ]),
    removed: counter(
      "credentials_removed_total",
      "Places in answers from which a credential was removed that the call had carried: the tool server sends secrets back.",
      ["route"],
    ),
    signals: counter("signals_total", "Events that transmitters of signals have sent, by what came of them.", [
      ...(["transmitter", "event", "effect"] as const),
    ]),
    fetches: counter("signal_fetch_failures_total", "Requests for signals that have failed.", ["transmitter"]),
  };
}

/** Channels are named in the configuration, so their number is bounded. */
function openOutboxGauge(registers: Registry[], read: () => Promise<readonly OutboxCount[]>): void {
  new Gauge({
    name: "sallyport_channel_letters",
    help: "Messages to people that are due and not sent yet (waiting), and that were given up (dead).",
    labelNames: ["channel", "state"],
    registers,
    async collect() {
      const counts = await read();
      this.reset();
      for (const { channel, state, count } of counts) this.set({ channel, state }, count);
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

/** What the metrics of approvals are made of. */
interface ApprovalSource {
  readonly attention: { watch(listener: Attention): () => void };
  readonly fatigue: Fatigue;
}

/** Seconds; as the console splits them. */
const lookBuckets = [2, 5, 15, 60, 300, 900];
const window = { days: 30, fastS: 5 };

/** By rule, never by person or agent: the number of rules is bounded by the policy. */
function approvalMetrics(registers: Registry[], { attention, fatigue }: ApprovalSource): void {
  const votes = new Counter({
    name: "sallyport_approval_votes_total",
    help: "Votes of people by the rule that asked.",
    labelNames: ["rule", "vote"],
    registers,
  });
  const seconds = new Histogram({
    name: "sallyport_approval_look_seconds",
    help: "From opening the card to the vote, by the rule that asked.",
    labelNames: ["rule"],
    buckets: lookBuckets,
    registers,
  });
  const attentionLimits = new Counter({
    name: "sallyport_approvals_spared_total",
    help: "Refused for the sake of people's attention: flood of one agent, approval before reading, hourly budget.",
    labelNames: ["kind"],
    registers,
  });
  attention.watch({
    voted: ({ reasons }, { vote, seen_ms }) => {
      for (const rule of new Set(reasons.map((reason) => reason.rule))) {
        votes.inc({ rule, vote });
        if (seen_ms !== null && seen_ms > 0) seconds.observe({ rule }, seen_ms / 1_000);
      }
    },
    limitReached: (kind) => attentionLimits.inc({ kind }),
  });
  medianGauge(registers, fatigue);
}

/** Read at each scrape: a median cannot be counted up. */
function medianGauge(registers: Registry[], fatigue: Fatigue): void {
  new Gauge({
    name: "sallyport_approval_look_median_seconds",
    help: "Median time from opening the card to the vote in the last 30 days, by the rule that asked.",
    labelNames: ["rule"],
    registers,
    async collect() {
      const { rules } = await fatigue.report(window);
      this.reset();
      for (const { rule, median_s } of rules) if (median_s !== null) this.set({ rule }, median_s);
    },
  });
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly registers: Registry[];
}

/** Labels are few: routes, effects, kinds and codes. */
interface Count {
  readonly labels: readonly [string, string, string];
  since: number;
}

/** A counter that is raised on every call: plain numbers, which the registry is told when it is read. */
export function openTally(
  described: Described,
  names: readonly [string, string, string],
): (first: string, second: string, third: string) => void {
  const counts: Count[] = [];
  const byLabels = new Map<string, Map<string, Map<string, Count>>>();
  new Counter({
    ...described,
    labelNames: [...names],
    collect() {
      for (const count of counts) {
        this.labels(...count.labels).inc(count.since);
        count.since = 0;
      }
    },
  });
  function newCount(first: string, second: string, third: string): Count {
    const count = { labels: [first, second, third] as const, since: 0 };
    counts.push(count);
    const bySecond = byLabels.get(first) ?? new Map<string, Map<string, Count>>();
    byLabels.set(first, bySecond.set(second, (bySecond.get(second) ?? new Map<string, Count>()).set(third, count)));
    return count;
  }
  return function count(first, second, third) {
    (byLabels.get(first)?.get(second)?.get(third) ?? newCount(first, second, third)).since += 1;
  };
}

/** So many observations wait before the histogram is told: to find a value's bucket is cheap when it is done often in a row. */
const LOT = 1_024;

/** Keeps observations until there are enough of them or the histogram is read. */
class Lot {
  readonly #values = new Float64Array(LOT);
  readonly #tell: (value: number) => void;
  #length = 0;

  constructor(tell: (value: number) => void) {
    this.#tell = tell;
  }

  observe(value: number): void {
    this.#values[this.#length++] = value;
    if (this.#length === LOT) this.tell();
  }

  tell(): void {
    for (let index = 0; index < this.#length; index += 1) this.#tell(this.#values[index] as number);
    this.#length = 0;
  }
}

/** A histogram that is observed on every call, by one label or none. */
export function openObservations(
  described: Described & { readonly buckets: number[] },
  labelName: string | null = null,
): (value: number, label?: string) => void {
  const lots = new Map<string, Lot>();
  const histogram = new Histogram({
    ...described,
    labelNames: labelName === null ? [] : [labelName],
    collect() {
      for (const lot of lots.values()) lot.tell();
    },
  });
  return function observe(value, label = "") {
    let lot = lots.get(label);
    if (lot === undefined) {
      const child = labelName === null ? histogram : histogram.labels(label);
      lots.set(label, (lot = new Lot((one) => child.observe(one))));
    }
    lot.observe(value);
  };
}
