import { attentionDesk } from "../approvals/attention.ts";
import type { ApproverBudget } from "../approvals/budget.ts";
import { fatigue } from "../approvals/fatigue.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/ports.ts";
import { attentionStore } from "../store/attention.ts";
import type { Database } from "../store/database.ts";

const flushEveryMs = 5_000;

/** What people's attention is spent on. The store of approvals must be open already. */
export function openFatigue(config: Config, database: Database, clock: Clock) {
  const store = attentionStore(database);
  const attention = attentionDesk(store, clock);
  const budgetPerHour = config.holds.approverBudget;
  const budget: ApproverBudget = { votes: store, perHour: budgetPerHour };
  const flushing = setInterval(() => attention.flush(), flushEveryMs);
  flushing.unref();
  return {
    attention,
    budget,
    fatigue: fatigue({ store, attention, clock, budgetPerHour }),
    stopCounting(): void {
      clearInterval(flushing);
      attention.flush();
    },
  };
}
