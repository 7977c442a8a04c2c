import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import { catalogFact, evaluated, subject, toolCall } from "../../support/builders.ts";
import { lease, leaseLimits } from "../../support/tasks/leases.ts";
import { leaseWorld } from "../../support/tasks/world.ts";
import { median, type Spread, spread } from "../statistics.ts";

const batches = 9;
const batchCalls = 3_200;

/**
 * µs of CPU that a task adds to a call: it is found, described to policy, counted in the store on disk before the call leaves, and told
 * of its end. `together`: calls that come in one turn of the event loop and share one write.
 */
export async function taskCheckUs(together: number, rounds: number): Promise<Spread> {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  const world = leaseWorld({ file: join(dir, "store.db") });
  try {
    const { clock, store } = world;
    const limits = leaseLimits({ calls: 1_000_000_000, concurrent: 1_000_000, spend: { EUR: "1000000000" } });
    await store.insert(lease({ limits }), 10, clock.now());
    await batchUs(world, together);
    const times: number[] = [];
    while (times.length < rounds) {
      const all: number[] = [];
      while (all.length < batches) all.push(await batchUs(world, together));
      times.push(median(all));
    }
    return spread(times, 2);
  } finally {
    world.database.close();
    rmSync(dir, { recursive: true });
  }
}

const agent = subject({ task: "t_1" });
const base = evaluated({ subject: agent });
const catalog = catalogFact({ price: { EUR: "/amount" } });
const call = toolCall();

async function batchUs({ ledger, clock }: ReturnType<typeof leaseWorld>, together: number): Promise<number> {
  const now = clock.now();
  const before = process.cpuUsage();
  async function one(): Promise<void> {
    const chain = await ledger.of(agent, "t_1", now);
    const task = ledger.fact(chain, call, catalog, now);
    const taken: EvaluatedCall = { ...base, call, facts: { ...base.facts, task, catalog } };
    (await ledger.take(taken))?.ended(true);
  }
  for (let done = 0; done < batchCalls; done += together) await Promise.all(Array.from({ length: together }, one));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / batchCalls;
}
