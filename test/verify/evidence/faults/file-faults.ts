import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, pause } from "../../../support/eventually.ts";
import { type Check, type CheckContext, Failures, type Random, type Tried } from "../../check.ts";
import { type FileFault, fileFaults, type LogPlace, segmentsIn } from "./file-fault-kinds.ts";
import { KeptLines } from "./kept-lines.ts";
import { LoadedGateway } from "./loaded-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
/** A log is right again by itself within this, from when it can be written. */
const RIGHT_WITHIN_MS = 2_000;
/** Longest pause before a fault, and that a lasting one lasts. */
const MOST_PAUSE_MS = 120;
const MOST_LASTING_MS = 600;

/**
 * Whatever is done to the files of a log under load: nothing is forwarded whose record is not there afterwards, in the log or in what was
 * taken away from it; no number is given twice, and none is missing with nothing that tells why; it is the same process, and right again.
 */
export const fileFaultsCheck: Check = {
  name: "file-faults",
  full: 500,
  quick: 20,
  async run(context) {
    const aside = mkdtempSync(join(tmpdir(), "evidence-aside-"));
    const loaded = await LoadedGateway.start([order], { record: { low_space: "0B" } });
    try {
      return await tryAll(loaded, aside, context);
    } finally {
      await loaded.remove();
      rmSync(aside, { recursive: true });
    }
  },
};

async function tryAll(loaded: LoadedGateway, aside: string, { count, random, progress }: CheckContext): Promise<Tried> {
  const failures = new Failures();
  const probe = join(aside, "probe");
  mkdirSync(probe);
  const faults = Object.entries(fileFaults(probe));
  const place: LogPlace = { dir: loaded.gateway.logDir, aside, pid: loaded.gateway.pid(), random };
  let longest = 0;
  await loaded.right();
  for (let done = 0; done < count; done += 1, progress(done)) {
    const [what, fault] = faults[done % faults.length] as (typeof faults)[number];
    const ms = await rightAfter(loaded, fault, place, random);
    if (ms === null || ms > RIGHT_WITHIN_MS)
      failures.add(`a log that was ${what} was ${ms === null ? "not" : `after ${Math.round(ms)} ms`} right again`);
    longest = Math.max(longest, ms ?? Infinity);
    if (ms === null) break;
  }
  if (!(await loaded.stop())) failures.add("the process has ended");
  const kept = new KeptLines([aside, place.dir]);
  for (const problem of [...loaded.strange, ...kept.problems, ...kept.gaps()]) failures.add(problem);
  for (const id of loaded.forwarded) if (!kept.decisions.has(id)) failures.add(`${id} was forwarded and has no record`);
  const { calls, refused } = loaded.counts;
  const figures = { kinds: faults.length, calls, refused, forwarded: loaded.forwarded.size };
  return { count, failures: failures.list(), figures: { ...figures, longest_ms: Math.round(longest) } };
}

/** @returns how long it took until calls went on and it was ready, from the end of the fault; null when that did not come */
async function rightAfter(
  loaded: LoadedGateway,
  fault: FileFault,
  place: LogPlace,
  random: Random,
): Promise<number | null> {
  await pause(random.below(MOST_PAUSE_MS));
  // The call that showed it to be right may have been recorded before the fault.
  await eventually("the log has a segment", () => (hasSegment(place) ? true : null));
  const end = loaded.halted(() => fault(place));
  if (end !== null) {
    await pause(random.below(MOST_LASTING_MS));
    loaded.halted(end);
  }
  return loaded.right();
}

function hasSegment({ dir }: LogPlace): boolean {
  return existsSync(dir) && segmentsIn(dir).length > 0;
}
