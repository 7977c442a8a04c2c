import { withHouse } from "../../approvals/world/house.ts";
import type { Check } from "../../check.ts";
import { FaultLane } from "./fault-lane.ts";
import { diskFullKind, faultKinds } from "./fault-kinds.ts";
import { FaultyStore } from "./faulty-store.ts";
import { unrecorded } from "./unrecorded.ts";

/** Beside other tests the machine decides how long it takes. */
const recoveredWithinMs = { full: 2_000, slice: 15_000 };

/**
 * The database fails at any point between a hold and its outcome: nothing is executed twice or unrecorded, each refusal has a code,
 * each call whose outcome nobody can know is reported, and work goes on within two seconds of the end of the cause.
 */
export const faults: Check = {
  name: "faults",
  full: 300,
  quick: 16,
  async run({ count, random, progress }) {
    const store = await FaultyStore.open();
    const options = { gateways: 2, store: (dir: string) => store.shared(dir) };
    return withHouse(options, async (house) => {
      const mostMs = count >= faults.full ? recoveredWithinMs.full : recoveredWithinMs.slice;
      const lane = new FaultLane({ house, store, random, mostMs });
      const kinds = faultKinds.filter(({ name }) => store.disk !== null || name !== diskFullKind);
      for (let at = 0; at < count; at++) {
        await lane.live(kinds[at % kinds.length]!);
        progress(at + 1);
      }
      await lane.finish();
      for (const problem of await unrecorded(house)) lane.failures.add(problem);
      const times = lane.recoveries.toSorted((a, b) => a - b);
      return {
        count,
        failures: lane.failures.list(),
        figures: {
          ...lane.figures,
          executions: house.upstream.executed.length,
          kinds: kinds.length,
          commits_cut: store.commitsCut,
          disk_filled: Number(store.disk !== null),
          recovered_ms_median: times[Math.floor(times.length / 2)] ?? 0,
          recovered_ms_most: times.at(-1) ?? 0,
          ...Object.fromEntries(lane.refusals),
        },
      };
    });
  },
};
