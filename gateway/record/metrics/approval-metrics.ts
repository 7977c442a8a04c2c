import { Counter, Histogram, type Registry } from "prom-client";
import { type Approval, type ApprovalState, approvalTransitions, canMove } from "../../domain/approval.ts";
import type { ApprovalStore, Attention, Clock, Fatigue } from "../../domain/ports.ts";
import { askedGauge } from "./asked-gauge.ts";

/** What the metrics of approvals are made of. */
export interface ApprovalSource {
  readonly attention: { watch(listener: Attention): () => void };
  readonly fatigue: Fatigue;
  readonly store: Pick<ApprovalStore, "countAllHeld" | "oldestHeld">;
  /** `from`: the state before, of a change that this process has made to the state; else null. */
  readonly events: { watch(listener: (approval: Approval, from: ApprovalState | null) => void): () => void };
  readonly clock: Clock;
}

/** Seconds; as the console splits them. */
const lookBuckets = [2, 5, 15, 60, 300, 900];
const holdBuckets = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const window = { days: 30, fastS: 5 };

export function approvalMetrics(registers: Registry[]): { approvals(source: ApprovalSource): void } {
  return {
    approvals(source) {
      heldMetrics(registers, source);
      resultMetrics(registers, source);
      voteMetrics(registers, source);
      medianGauge(registers, source.fatigue);
    },
  };
}

/** Of the store, which several processes may share. */
function heldMetrics(registers: Registry[], { store, clock }: ApprovalSource): void {
  askedGauge(
    { name: "sallyport_held_calls", help: "Calls that wait for people now.", registers },
    () => store.countAllHeld(),
    (gauge, count) => gauge.set(count),
  );
  askedGauge(
    {
      name: "sallyport_hold_age_seconds",
      help: "Age of the oldest call that waits for people now; 0: none waits.",
      registers,
    },
    () => store.oldestHeld(),
    (gauge, oldest) => gauge.set(oldest === null ? 0 : Math.max(0, (clock.now() - oldest) / 1e3)),
  );
}

/** Changes of state, counted by the process that made them. */
function resultMetrics(registers: Registry[], { events, clock }: ApprovalSource): void {
  const results = new Counter({
    name: "sallyport_approvals_total",
    help: "What became of held and approved calls: from the state before to the one after. expired from held: nobody decided in time.",
    labelNames: ["from", "result"],
    registers,
  });
  const seconds = new Histogram({
    name: "sallyport_hold_seconds",
    help: "How long calls waited for people, by what came of it.",
    labelNames: ["result"],
    buckets: holdBuckets,
    registers,
  });
  // From 0 on: the first of them is an increase too.
  const states = Object.keys(approvalTransitions) as ApprovalState[];
  for (const from of states) for (const result of states) if (canMove(from, result)) results.inc({ from, result }, 0);
  events.watch(({ state, seal }, from) => {
    if (from === null) return;
    results.inc({ from, result: state });
    if (from === "held") seconds.observe({ result: state }, Math.max(0, (clock.now() - seal.created) / 1e3));
  });
}

/** By rule, never by person or agent: the number of rules is bounded by the policy. */
function voteMetrics(registers: Registry[], { attention }: ApprovalSource): void {
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
}

/** Read at each scrape: a median cannot be counted up. */
function medianGauge(registers: Registry[], fatigue: Fatigue): void {
  askedGauge(
    {
      name: "sallyport_approval_look_median_seconds",
      help: "Median time from opening the card to the vote in the last 30 days, by the rule that asked.",
      labelNames: ["rule"],
      registers,
    },
    () => fatigue.report(window),
    (gauge, { rules }) => {
      for (const { rule, median_s } of rules) if (median_s !== null) gauge.set({ rule }, median_s);
    },
  );
}
