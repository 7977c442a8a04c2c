import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Attention, Fatigue } from "../domain/ports.ts";

/** What the metrics of approvals are made of. */
export interface ApprovalSource {
  readonly attention: { watch(listener: Attention): () => void };
  readonly fatigue: Fatigue;
}

/** Seconds; as the console splits them. */
const buckets = [2, 5, 15, 60, 300, 900];
const window = { days: 30, fastS: 5 };

/** By rule, never by person or agent: the number of rules is bounded by the policy. */
export function approvalMetrics(registers: Registry[], { attention, fatigue }: ApprovalSource): void {
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
    ...{ buckets, registers },
  });
  const spared = new Counter({
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
    spared: (kind) => spared.inc({ kind }),
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
    collect() {
      this.reset();
      for (const { rule, median_s } of fatigue.report(window).rules)
        if (median_s !== null) this.set({ rule }, median_s);
    },
  });
}
