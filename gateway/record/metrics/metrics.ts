import { Counter, Gauge, type Registry, collectDefaultMetrics } from "prom-client";
import type { ServedBundleStatus } from "../../domain/bundle-service.ts";
import type { Decision } from "../../domain/decision.ts";
import type { Outcome } from "../../domain/decision-record.ts";
import type { RequestContext } from "../../domain/exchange.ts";
import type {
  BreakerState,
  HealthReport,
  MetricsFormat,
  MetricsText,
  OutboxCount,
  PolicyFailure,
  StoreOperation,
} from "../../domain/ports.ts";
import type { ShipState } from "../../domain/shipping.ts";
import { traceIdOf } from "../../lib/request-headers.ts";
import { type ApprovalSource, approvalMetrics } from "./approval-metrics.ts";
import { askedGauge, missingGauge } from "./asked-gauge.ts";
import { bundleMetrics } from "./bundle-metrics.ts";
import { limitMetrics } from "./limit-metrics.ts";
import { type LogLag, logMetrics } from "./log-metrics.ts";
import { policyMetrics } from "./policy-metrics.ts";
import { type CountShadow, shadowMetrics } from "./shadow-metrics.ts";
import { shipMetrics } from "./ship-metrics.ts";
import { exemplarRegistry, MetricsPage } from "./page.ts";
import { type Exemplar, openObservations, openTally } from "./tallies.ts";
import { ToolDecisions } from "./tool-decisions.ts";

export interface Metrics {
  decided(route: string, decision: Decision, of: RequestContext): void;
  finished(route: string, outcome: Outcome, milliseconds: number, of: RequestContext): void;
  policyActivated(): void;
  policyFailed(stage: PolicyFailure["stage"]): void;
  /** Where it is read from since when the active policy is active, in milliseconds since the epoch; null: none is. */
  policyActive(read: () => number | null): void;
  /** Where it is read from since when an edit of the policy is not applied, in milliseconds since the epoch; null: all are. */
  policyUnapplied(read: () => number | null): void;
  /** Where it is read from how many recorded decisions a change that waits widens. */
  policyWaiting(read: () => number): void;
  /** A decision that a candidate has judged beside the active policy. */
  readonly shadow: CountShadow;
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
  /** What is counted of held calls, votes and approvals. */
  approvals(source: ApprovalSource): void;
  /** A batch of records is on disk, so many seconds after its first record was made. */
  logWritten(seconds: number): void;
  /** Where it is read from which records are not on disk yet. */
  log(read: () => LogLag): void;
  /** Where it is read from how many seconds ago the newest time stamp of the log is; null: there is none. */
  timeStamps(ageSeconds: () => number | null): void;
  /** One piece of work of the store, in seconds. */
  storeTook(operation: StoreOperation, seconds: number): void;
  /** Where it is read from whether the store notifies of what others change. */
  storeNotifies(read: () => boolean): void;
  /** Where it is read from what is wrong now. */
  findings(read: () => Promise<HealthReport>): void;
  /** All of it, as Prometheus reads it. @throws what a value is read from throws */
  render(format: MetricsFormat): Promise<MetricsText>;
}

/**
 * Counts for Prometheus. No label value comes from a caller: tools are those that the catalog or a definition knows, rules, routes,
 * limits and channels those of the policy and the configuration.
 */
export function createMetrics(): Metrics {
  const registry = exemplarRegistry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  missingGauge(registry);
  const counters = openCounters(registers);
  const page = new MetricsPage(registry);
  return {
    ...callMetrics(registers, counters.removed),
    ...policyMetrics(registers),
    ...bundleMetrics(registers),
    shadow: shadowMetrics(registers),
    messageSent: (channel, outcome) => counters.messages.inc({ channel, outcome }),
    signalReceived: (transmitter, event, effect) => counters.signals.inc({ transmitter, event, effect }),
    signalFetchFailed: (transmitter) => counters.fetches.inc({ transmitter }),
    outbox: (read) => openOutboxGauge(registers, read),
    ...limitMetrics(registers),
    ...shipMetrics(registers),
    ...approvalMetrics(registers),
    ...logMetrics(registers),
    ...storeMetrics(registers),
    findings: (read) => openFindingsGauge(registers, read),
    render: page.render.bind(page),
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
  askedGauge(
    {
      name: "sallyport_channel_letters",
      help: "Messages to people that are due and not sent yet (waiting), and that were given up (dead).",
      labelNames: ["channel", "state"],
      registers,
    },
    read,
    (gauge, counts) => {
      for (const { channel, state, count } of counts) gauge.set({ channel, state }, count);
    },
  );
}

/** By severity alone: which they are is on /readyz. */
function openFindingsGauge(registers: Registry[], read: () => Promise<HealthReport>): void {
  new Gauge({
    name: "sallyport_findings",
    help: "What is wrong now, by severity; unready: no traffic, as /readyz says. degraded: calls go on.",
    labelNames: ["severity"],
    registers,
    async collect() {
      const { findings } = await read();
      for (const wanted of ["unready", "degraded"] as const)
        this.set({ severity: wanted }, findings.filter(({ severity }) => severity === wanted).length);
    },
  });
}

/**
 * Time in the store. In a file the whole process stands still meanwhile, and waiting for transactions of the same process is not counted; in
 * a database the wait for a connection is.
 */
function storeMetrics(registers: Registry[]) {
  const took = openObservations(
    {
      name: "sallyport_store_seconds",
      help: "Time of one read, one write that is one piece, and one commit of a transaction in the store.",
      buckets: [0.000_02, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 5],
      registers,
    },
    "operation",
  );
  return {
    storeTook: (operation: StoreOperation, seconds: number): void => took(seconds, operation),
    storeNotifies: (read: () => boolean): void => openNotifiesGauge(registers, read),
  };
}

function openNotifiesGauge(registers: Registry[], read: () => boolean): void {
  new Gauge({
    name: "sallyport_store_tells_changes",
    help: "1: PostgreSQL tells what other gateways change (LISTEN/NOTIFY). 0: it is found ten times a second, by looking alone.",
    registers,
    collect() {
      this.set(Number(read()));
    },
  });
}

/** What is counted for every call. */
function callMetrics(registers: Registry[], removed: Counter<"route">): Pick<Metrics, "decided" | "finished"> {
  const calls = openCalls(registers);
  const tools = new ToolDecisions(registers);
  return {
    decided(route, decision, context) {
      const { effect, indeterminate, evaluationUs } = decision;
      calls.decided(route, effect, indeterminate ?? "");
      tools.count(decision, context.call, context.facts);
      if (evaluationUs !== null) calls.evaluated(evaluationUs / 1e6, "", exemplarOf(context));
    },
    finished(route, { kind, code, credentials }, milliseconds, context) {
      calls.finished(route, kind, code ?? "");
      calls.took(milliseconds / 1e3, kind, exemplarOf(context));
      if (credentials !== null && credentials.removed > 0) removed.inc({ route }, credentials.removed);
    },
  };
}

/** Null for a call of whose trace nothing is sent. See `RequestContext.traceparent`. */
function exemplarOf({ traceparent, decisionId }: RequestContext): Exemplar | null {
  if (traceparent?.endsWith("-01") !== true) return null;
  return { trace_id: traceIdOf(traceparent) as string, decision_id: decisionId };
}

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
      buckets: [0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25],
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
