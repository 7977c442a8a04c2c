import { openHouse } from "../../approvals/world/house.ts";
import { type Check, Failures, Random, type Tried } from "../../check.ts";
import { FaultLane, type FaultLaneDeps, type Recovery } from "./fault-lane.ts";
import { diskFullKind, faultKinds } from "./fault-kinds.ts";
import { FaultyStore } from "./faulty-store.ts";
import { unrecorded } from "./unrecorded.ts";

/** Beside other tests the machine decides how long it takes. */
const recoveredWithinMs = { full: 2_000, slice: 15_000 };

/** Most of the time of a fault is waited: for its moment, for its end, and until work goes on. */
const lanesOfFull = 2;

/**
 * The database fails at any point between a hold and its outcome: nothing is executed twice or unrecorded, each refusal has a code,
 * each call whose outcome nobody can know is reported, and work goes on within two seconds of the end of the cause.
 */
export const faults: Check = {
  name: "faults",
  full: 300,
  quick: 16,
  async run({ count, random, progress }) {
    const isFull = count >= faults.full;
    const lanes: Awaited<ReturnType<typeof openLane>>[] = [];
    let [begun, done] = [0, 0];
    try {
      // One after the other: a gateway at its start waits for the database no longer than a statement may take.
      for (let at = 0; at < (isFull ? lanesOfFull : 1); at++)
        lanes.push(
          await openLane({
            mostMs: isFull ? recoveredWithinMs.full : recoveredWithinMs.slice,
            random: new Random(random.below(2 ** 31)),
          }),
        );
      // Whichever is free takes the next.
      const turns = lanes.map(async ({ lane, kinds, house }) => {
        while (begun < count) {
          await lane.live(kinds[begun++ % kinds.length]!);
          progress((done += 1));
        }
        await lane.finish();
        for (const problem of await unrecorded(house)) lane.failures.add(problem);
      });
      for (const turn of turns) turn.catch(() => (begun = count));
      // No house is closed while another lane still calls its gateways.
      for (const turn of await Promise.allSettled(turns)) if (turn.status === "rejected") throw turn.reason;
      return { count: done, ...summed(lanes) };
    } finally {
      await Promise.all(lanes.map(({ house }) => house.close()));
    }
  },
};

/** Two gateways and a database of their own. */
async function openLane(deps: Pick<FaultLaneDeps, "mostMs" | "random">) {
  const store = await FaultyStore.open();
  try {
    const house = await openHouse({ gateways: 2, store: (dir: string) => store.shared(dir) });
    const kinds = faultKinds.filter(({ name }) => store.disk !== null || name !== diskFullKind);
    return { house, store, kinds, lane: new FaultLane({ house, store, ...deps }) };
  } catch (failure) {
    // It may have failed before it took the store.
    await store.close();
    throw failure;
  }
}

function summed(lanes: readonly Awaited<ReturnType<typeof openLane>>[]): Omit<Tried, "count"> {
  const sum = (of: (one: (typeof lanes)[number]) => number): number => lanes.reduce((all, one) => all + of(one), 0);
  const failures = new Failures();
  for (const { lane } of lanes) for (const failure of lane.failures.list()) failures.add(failure);
  const times = lanes.flatMap(({ lane }) => lane.recoveries).toSorted((one, other) => one.tookMs - other.tookMs);
  const codes = new Set(lanes.flatMap(({ lane }) => [...lane.refusals.keys()]));
  return {
    failures: failures.list(),
    figures: {
      lanes: lanes.length,
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
