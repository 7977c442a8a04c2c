import type { ListedPeer } from "../peers/all.ts";
import type { StartedPeer } from "../peer.ts";
import { callOnce, type World } from "../world/world.ts";
import { type Measurement, measure, type Window } from "./measure.ts";
import { runWrk } from "./wrk.ts";

export interface MissingPeer {
  readonly name: string;
  readonly reason: string;
}

/** How requests come. */
export interface Shape {
  readonly name: string;
  /** For wrk. */
  readonly script: string;
  readonly window: Window;
}

/** One peer over all rounds of one shape; null where a round failed. */
export interface Series {
  readonly name: string;
  readonly shape: string;
  readonly what: string;
  readonly version: string;
  readonly rounds: (Measurement | null)[];
  readonly failures: string[];
}

export interface RoundsOptions {
  readonly rounds: number;
  readonly shapes: readonly Shape[];
  /** For each peer and shape, before the first round. */
  readonly firstWarmupSeconds: number;
  readonly peers: readonly ListedPeer[];
  /** Rejects for a peer that does not carry a call to the upstream and back; default: the call of the world. */
  readonly check?: (origin: string) => Promise<unknown>;
  readonly say: (line: string) => void;
}

interface Entrant {
  /** Of each shape, in order. */
  readonly series: readonly Series[];
  readonly started: StartedPeer;
}

/** Starts all peers, then measures them in turn, round by round, so that a slow minute of the machine hits all alike. */
export async function runRounds(
  world: World,
  options: RoundsOptions,
): Promise<{ series: Series[]; missing: MissingPeer[] }> {
  const { rounds, shapes, firstWarmupSeconds, peers, say } = options;
  const entrants: Entrant[] = [];
  const missing: MissingPeer[] = [];
  try {
    for (const listed of peers) await enter(world, listed, options, { entrants, missing });
    for (const { name, reason } of missing) say(`${name} is missing: ${reason}`);
    for (const { started } of entrants)
      for (const { script, window } of shapes)
        await runWrk(script, started.origin, { ...window, seconds: firstWarmupSeconds }, world.pins.load);
    for (let round = 1; round <= rounds; round++)
      for (const [at, shape] of shapes.entries())
        for (const { series, started } of entrants)
          say(`round ${round}/${rounds} ${await runOne(world, started, shape, series[at] as Series)}`);
    return { series: entrants.flatMap(({ series }) => series), missing };
  } finally {
    for (const { started } of entrants) await started.stop();
  }
}

interface Entered {
  readonly entrants: Entrant[];
  readonly missing: MissingPeer[];
}

/** A peer takes part when it starts and carries one call to the upstream and back. */
async function enter(
  world: World,
  { name, what, load }: ListedPeer,
  { shapes, check = (origin) => callOnce(origin, world) }: RoundsOptions,
  { entrants, missing }: Entered,
): Promise<void> {
  try {
    const { peer } = await load();
    const started = await peer.start(world);
    try {
      await check(started.origin);
    } catch (failure) {
      await started.stop();
      throw failure;
    }
    const version = peer.version();
    const series = shapes.map((shape) => ({ name, what, version, shape: shape.name, rounds: [], failures: [] }));
    entrants.push({ started, series });
  } catch (failure) {
    missing.push({ name, reason: firstLines(failure) });
  }
}

async function runOne(world: World, started: StartedPeer, shape: Shape, series: Series): Promise<string> {
  const name = [series.name, shape.name].filter((part) => part !== "").join(", ");
  try {
    const measured = await measure(world, started, shape.script, shape.window);
    series.rounds.push(measured);
    return `${name}: ${measured.cpuUs.toFixed(1)} µs, ${Math.round(measured.requests / measured.seconds)}/s`;
  } catch (failure) {
    series.rounds.push(null);
    series.failures.push(firstLines(failure));
    return `${name} failed: ${firstLines(failure)}`;
  }
}

function firstLines(failure: unknown): string {
  return (failure instanceof Error ? failure.message : String(failure)).slice(0, 1_000);
}
