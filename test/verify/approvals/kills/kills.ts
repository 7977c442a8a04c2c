import { type Check, type Random } from "../../check.ts";
import { withHouse } from "../world/house.ts";
import { Lane } from "./lane.ts";

/** A start takes a second of one processor; two lanes keep two of them busy. */
const lanes = 2;

/**
 * SIGKILL at any point between a hold and its outcome: no call that was told to be held is lost, none is executed twice,
 * and each whose outcome nobody can know is reported as that.
 */
export const kills: Check = {
  name: "kills",
  full: 1_000,
  quick: 10,
  run: async ({ count, random, progress }) => {
    const all: Lane[] = [];
    const told = (): number => all.reduce((sum, { kills }) => sum + kills, 0);
    const each = Math.ceil(count / lanes);
    await Promise.all(
      Array.from({ length: lanes }, (_, at) =>
        runLane(`lane${at}`, each, random, (lane) => {
          if (!all.includes(lane)) all.push(lane);
          progress(told());
        }),
      ),
    );
    const sum = (of: "calls" | "caught_held" | "caught_approved" | "unknown"): number =>
      all.reduce((total, { figures }) => total + figures[of], 0);
    const starts = all.flatMap(({ figures }) => figures.starts_ms).toSorted((a, b) => a - b);
    return {
      count: told(),
      failures: all.flatMap(({ failures }) => failures.list()),
      figures: {
        calls: sum("calls"),
        executions: all.reduce((total, { executions }) => total + executions, 0),
        caught_held: sum("caught_held"),
        caught_approved: sum("caught_approved"),
        unknown: sum("unknown"),
        start_ms_median: starts[Math.floor(starts.length / 2)] ?? 0,
        start_ms_most: starts.at(-1) ?? 0,
      },
    };
  },
};

function runLane(name: string, kills: number, random: Random, lived: (lane: Lane) => void): Promise<void> {
  return withHouse({ gateways: 2 }, async (house) => {
    const lane = new Lane(house, () => house.issuer.token({ sub: "refund-bot" }), name, random);
    while (lane.kills < kills) {
      await lane.live();
      lived(lane);
    }
    await lane.finish();
  });
}
