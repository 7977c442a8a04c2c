import { Refusal } from "../domain/errors.ts";
import type { EvaluatedCall } from "../domain/exchange.ts";
import { isCounted, leaseState, mayUse, pricesOf, taskFact } from "../domain/lease.ts";
import type {
  Clock,
  CounterWish,
  GivenBack,
  LeaseCounterStore,
  LeaseLedger,
  Logger,
  Shortage,
  TakenCall,
} from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import type { KnownChain, KnownLeases } from "./known-leases.ts";

export interface LedgerDeps {
  readonly known: KnownLeases;
  readonly counters: LeaseCounterStore;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** The tasks of calls. */
export function leaseLedger(deps: LedgerDeps): LeaseLedger {
  const { known, clock } = deps;
  const counting = new Counting(deps);
  function of(subject: Subject, id: string, now: number): Promise<KnownChain> | KnownChain {
    const found = known.of(id);
    return found instanceof Promise ? found.then((chain) => usable(chain, subject, now)) : usable(found, subject, now);
  }
  return {
    of,
    fact: taskFact,
    take({ facts, call, subject }: EvaluatedCall) {
      if (facts.task === null || !isCounted(call)) return null;
      const prices = pricesOf(facts.catalog, call);
      const count = (chain: KnownChain): Promise<TakenCall> =>
        counting.take({ of: chain.map(({ counted }) => counted), prices });
      const found = of(subject, facts.task.id, clock.now());
      return found instanceof Promise ? found.then(count) : count(found);
    },
  };
}

/** @throws Refusal task_foreign, task_closed, task_expired */
function usable(chain: KnownChain | null, subject: Subject, now: number): KnownChain {
  // Who may not use it must not learn whether there is one.
  if (chain === null || !mayUse(chain[0].lease, subject)) throw new Refusal("task_foreign");
  assertOpen(chain, now);
  return chain;
}

/** A task that is a part of one that has ended has ended too, whether or not that is written yet. */
function assertOpen(chain: KnownChain, now: number): void {
  for (const { lease } of chain) {
    const state = leaseState(lease, now);
    if (state === "open") continue;
    throw new Refusal(state === "closed" ? "task_closed" : "task_expired", { hint: lease.end?.reason ?? lease.id });
  }
}

interface Waiting {
  readonly wish: CounterWish;
  readonly granted: () => void;
  readonly refused: (failure: unknown) => void;
}

/**
 * Counts the calls of one turn of the event loop together, and with them all that come while the step before is under way: where the store does not
 * answer, what waits is one step and not one for each turn.
 */
class Counting {
  readonly #deps: LedgerDeps;
  #waiting: Waiting[] = [];
  #back: GivenBack[] = [];
  #freed = new Set<string>();
  #due = false;
  #counted: Promise<void> = Promise.resolve();

  constructor(deps: LedgerDeps) {
    this.#deps = deps;
  }

  /** @throws Refusal */
  take(wish: CounterWish): Promise<TakenCall> {
    return new Promise((resolve, reject) => {
      this.#soon();
      this.#waiting.push({ wish, granted: () => resolve(this.#taken(wish)), refused: reject });
    });
  }

  #taken(wish: CounterWish): TakenCall {
    const { own } = this.#deps.known;
    return {
      ended: (left) => {
        const held = wish.of.filter(({ concurrent }) => concurrent !== null);
        if (left && held.length === 0) return;
        this.#soon();
        if (!left) this.#back.push(wish);
        for (const { id } of held) {
          const now = (own.get(id) ?? 0) - 1;
          if (now > 0) own.set(id, now);
          else own.delete(id);
          this.#freed.add(id);
        }
      },
    };
  }

  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => void this.#counted.then(() => (this.#counted = this.#count())));
  }

  /** Never rejects. */
  async #count(): Promise<void> {
    const { counters, known, clock, logger } = this.#deps;
    const [waiting, back, freed] = [this.#waiting, this.#back, this.#freed];
    [this.#waiting, this.#back, this.#freed, this.#due] = [[], [], new Set(), false];
    try {
      const work = { wishes: waiting.map(({ wish }) => wish), back, freed };
      const { shortages, now } = await counters.count(work, known.own, clock.now());
      known.learn(now);
      waiting.forEach(({ granted, refused }, at) => {
        const shortage = shortages[at] ?? null;
        if (shortage === null) granted();
        else refused(refusalOf(shortage));
      });
    } catch (failure) {
      const refusal = new Refusal("task_unavailable", { detail: String(failure), cause: failure });
      for (const { refused } of waiting) refused(refusal);
      // To be written with the next that comes; until then other processes count too many.
      for (const id of freed) this.#freed.add(id);
      if (back.length > 0) logger.warn("calls that did not leave stay counted in their tasks", { calls: back.length });
    }
  }
}

function refusalOf({ id, limit, unit }: Shortage): Refusal {
  switch (limit) {
    case "closed":
      return new Refusal("task_closed", { hint: id });
    case "expired":
      return new Refusal("task_expired", { hint: id });
    case "concurrent":
      return new Refusal("task_busy", { hint: id });
    case "calls":
      return new Refusal("task_used_up", { hint: `${id}: calls` });
    case "spend":
      return new Refusal("task_used_up", { hint: `${id}: ${unit}` });
    case "price":
      return new Refusal("task_used_up", {
        hint: `${id}: the arguments do not say exactly what the call costs in ${unit}`,
      });
  }
}
