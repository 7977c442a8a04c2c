import type { ListedPeer } from "../peers/all.ts";
import type { StartedPeer } from "../peer.ts";
import { callOnce, type World } from "../world/world.ts";
import { type Measurement, measure, type Window } from "./measure.ts";
import { runWrk, writeWrkScript } from "./wrk.ts";

export interface MissingPeer {
  readonly name: string;
  readonly reason: string;
}

/** One peer over all rounds; null where a round failed. */
export interface Series {
  readonly name: string;
  readonly what: string;
  readonly version: string;
  readonly rounds: (Measurement | null)[];
  readonly failures: string[];
}

export interface RoundsOptions {
  readonly rounds: number;
  readonly window: Window;
  /** For each peer, before the first round. */
  readonly firstWarmupSeconds: number;
  readonly peers: readonly ListedPeer[];
  readonly say: (line: string) => void;
}

interface Entrant {
  readonly series: Series;
  readonly started: StartedPeer;
}

/** Starts all peers, then measures them in turn, round by round, so that a slow minute of the machine hits all alike. */
export async function runRounds(
  world: World,
  options: RoundsOptions,
): Promise<{ series: Series[]; missing: MissingPeer[] }> {
  const { rounds, window, firstWarmupSeconds, peers, say } = options;
  const script = await writeWrkScript(world);
  const entrants: Entrant[] = [];
  const missing: MissingPeer[] = [];
  try {
    for (const listed of peers) await enter(world, listed, entrants, missing);
    for (const { name, reason } of missing) say(`${name} is missing: ${reason}`);
    for (const { started } of entrants)
      await runWrk(script, started.origin, { ...window, seconds: firstWarmupSeconds }, world.pins.load);
    for (let round = 1; round <= rounds; round++) {
      for (const entrant of entrants) say(`round ${round}/${rounds} ${await runOne(world, entrant, script, window)}`);
    }
    return { series: entrants.map(({ series }) => series), missing };
  } finally {
    for (const { started } of entrants) await started.stop();
  }
}

/** A peer takes part when it starts and carries one call to the upstream and back. */
async function enter(world: World, listed: ListedPeer, entrants: Entrant[], missing: MissingPeer[]): Promise<void> {
  const { name, what } = listed;
  try {
    const { peer } = await listed.load();
    const started = await peer.start(world);
    try {
      await callOnce(started.origin, world);
    } catch (failure) {
      await started.stop();
      throw failure;
    }
    entrants.push({ started, series: { name, what, version: peer.version(), rounds: [], failures: [] } });
  } catch (failure) {
    missing.push({ name, reason: firstLines(failure) });
  }
}

async function runOne(world: World, { series, started }: Entrant, script: string, window: Window): Promise<string> {
  try {
    const measured = await measure(world, started, script, window);
    series.rounds.push(measured);
    return `${series.name}: ${measured.cpuUs.toFixed(1)} µs, ${Math.round(measured.requests / measured.seconds)}/s`;
  } catch (failure) {
    series.rounds.push(null);
    series.failures.push(firstLines(failure));
    return `${series.name} failed: ${firstLines(failure)}`;
  }
}

function firstLines(failure: unknown): string {
  return (failure instanceof Error ? failure.message : String(failure)).slice(0, 1_000);
}
