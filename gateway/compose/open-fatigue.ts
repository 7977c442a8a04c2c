import { attentionCounter } from "../approvals/attention.ts";
import type { ApproverBudget } from "../approvals/vote-checks.ts";
import { fatigue } from "../approvals/fatigue.ts";
import type { Config } from "../config/config.ts";
import type { Background, Job } from "../domain/background.ts";
import type { Clock } from "../domain/ports.ts";
import { attentionStore } from "../store/attention.ts";
import type { Database } from "../store/database.ts";

const flushEveryMs = 5_000;

/** What people's attention is spent on. The store of approvals must be open already. */
export function openFatigue(config: Config, database: Database, clock: Clock, background: Background) {
  const store = attentionStore(database);
  const attention = attentionCounter(store, clock);
  const budgetPerHour = config.holds.approverBudget;
  const budget: ApproverBudget = { votes: store, perHour: budgetPerHour };
  const flush: Job = {
    name: "attention",
    failing: "refusals for the sake of people's attention cannot be counted in the store",
    severity: "unready",
    work: () => attention.flush(),
  };
  const stopFlushing = background.every(flushEveryMs, flush);
  return {
    attention,
    budget,
    fatigue: fatigue({ store, attention, clock, budgetPerHour }),
    stopCounting(): void {
      stopFlushing();
      background.run(flush);
    },
  };
}
