import { readFile } from "node:fs/promises";
import { openHouse } from "../../approvals/world/house.ts";
import { type Check, type CheckContext, Failures, Random, type Tried } from "../../check.ts";
import { FaultLane, type FaultLaneDeps, type Recovery } from "./fault-lane.ts";
import { diskFullKind, faultKinds } from "./fault-kinds.ts";
import { FaultyStore } from "./faulty-store.ts";
import { historyRule } from "../history-rule.ts";
import { unrecorded } from "./unrecorded.ts";

/** So many are the slice that is part of the tests. */
const quick = 32;
/** Beside other tests the machine decides how long it takes. */
const recoveredWithinMs = { full: 2_000, slice: 15_000 };

/** Most of the time of a fault is waited: for its moment, for its end, and until work goes on. */
const policies = ["usual", "reads histories"] as const;
type Policy = (typeof policies)[number];

/**
 * The database fails at any point between a hold and its outcome: nothing is executed twice or unrecorded, each refusal has a code,
 * each call whose outcome nobody can know is reported, and work goes on within two seconds of the end of the cause. All kinds of faults are
 * tried with the usual policy, and with one that reads histories of sessions, so that all that calls do is written there.
 */
export const faults = faultsOf([]);

/** @param chosen names of kinds; empty means all @throws Error for an unknown one */
export function faultsOf(chosen: readonly string[]): Check {
  for (const name of chosen)
    if (!faultKinds.some((kind) => kind.name === name))
      throw new Error(`no fault ${name}; there are ${faultKinds.map((kind) => kind.name).join(", ")}`);
  return { name: "faults", full: 300, quick, run: (context) => run(chosen, context) };
}

async function run(chosen: readonly string[], { count, random, progress }: CheckContext): Promise<Tried> {
  const mostMs = count > quick ? recoveredWithinMs.full : recoveredWithinMs.slice;
  const lanes: Awaited<ReturnType<typeof openLane>>[] = [];
  let done = 0;
  let isBroken = false;
  try {
    // One after the other: a gateway at its start waits for the database no longer than a statement may take.
    for (const policy of policies)
      lanes.push(await openLane(policy, chosen, { mostMs, random: new Random(random.below(2 ** 31)) }));
    const turns = lanes.map(async ({ lane, kinds, house, assertHistories }, which) => {
      for (let at = which; at < count && !isBroken; at += lanes.length) {
        await lane.live(kinds[Math.floor(at / lanes.length) % kinds.length]!);
        progress((done += 1));
      }
      await lane.finish();
      for (const problem of await unrecorded(house)) lane.failures.add(problem);
      await assertHistories();
    });
    for (const turn of turns) turn.catch(() => (isBroken = true));
    // No house is closed while another lane still calls its gateways.
    for (const turn of await Promise.allSettled(turns)) if (turn.status === "rejected") throw turn.reason;
    return { count: done, ...summed(lanes) };
  } finally {
    await Promise.all(lanes.map(({ house }) => house.close()));
  }
}

/** Two gateways and a database of their own. */
async function openLane(policy: Policy, chosen: readonly string[], deps: Pick<FaultLaneDeps, "mostMs" | "random">) {
  const store = await FaultyStore.open();
  try {
    const rules = policy === "usual" ? {} : { [historyRule.path]: await readFile(historyRule.file, "utf8") };
    const house = await openHouse({ gateways: 2, rules, store: (dir: string) => store.shared(dir) });
    const isChosen = (name: string): boolean => chosen.length === 0 || chosen.includes(name);
    const canBe = (name: string): boolean => store.disk !== null || name !== diskFullKind;
    const kinds = faultKinds.filter(({ name }) => isChosen(name) && canBe(name));
    const lane = new FaultLane({ house, store, ...deps });
    async function assertHistories(): Promise<void> {
      const written = await store.count("session_calls");
      if (written > 0 !== (policy === "reads histories"))
        lane.failures.add(`${written} calls are in histories where the policy is: ${policy}`);
    }
    return { policy, house, store, kinds, lane, assertHistories };
  } catch (failure) {
    // It may have failed before it took the store.
    await store.close();
    throw failure;
  }
}

function summed(lanes: readonly Awaited<ReturnType<typeof openLane>>[]): Omit<Tried, "count"> {
  const sum = (of: (one: (typeof lanes)[number]) => number): number => lanes.reduce((all, one) => all + of(one), 0);
  const failures = new Failures();
  for (const { lane, policy } of lanes)
    for (const failure of lane.failures.list()) failures.add(`policy ${policy}: ${failure}`);
  const times = lanes.flatMap(({ lane }) => lane.recoveries).toSorted((one, other) => one.tookMs - other.tookMs);
  const codes = new Set(lanes.flatMap(({ lane }) => [...lane.refusals.keys()]));
  return {
    failures: failures.list(),
    figures: {
      policies: lanes.length,
      calls: sum(({ lane }) => lane.figures.calls),
      kills: sum(({ lane }) => lane.figures.kills),
      unknown: sum(({ lane }) => lane.figures.unknown),
      lost: sum(({ lane }) => lane.figures.lost),
      executions: sum(({ house }) => house.upstream.executed.length),
      kinds: lanes[0]?.kinds.length ?? 0,
      commits_cut: sum(({ store }) => store.commitsCut),
      disk_filled: sum(({ store }) => Number(store.disk !== null)),
      recovered_ms_median: times[Math.floor(times.length / 2)]?.tookMs ?? 0,
      recovered_ms_most: times.at(-1)?.tookMs ?? 0,
      ...mostOfKinds(times),
      ...Object.fromEntries([...codes].map((code) => [code, sum(({ lane }) => lane.refusals.get(code) ?? 0)])),
    },
  };
}

/** @param times the shortest first */
function mostOfKinds(times: readonly Recovery[]): Record<string, number> {
  return Object.fromEntries(times.map(({ kind, tookMs }) => [`recovered_ms_most ${kind}`, tookMs]));
}
