import { treeCpuUs } from "../machine/proc.ts";
import type { StartedPeer } from "../peer.ts";
import type { World } from "../world/world.ts";
import { runWrk, type WrkResult } from "./wrk.ts";

/** One peer in one round. */
export interface Measurement extends WrkResult {
  /** CPU µs a request, user and system, of all processes on the gateway's side. */
  readonly cpuUs: number;
  /** Answers that were given although the upstream never saw the request. */
  readonly unforwarded: number;
  /** Of the decision log, a request; null for peers without one. */
  readonly recordBytes: number | null;
}

export interface Window {
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** Kept connections, each with one request under way. */
  readonly connections: number;
}

export async function measure(world: World, peer: StartedPeer, script: string, window: Window): Promise<Measurement> {
  const { upstream, pins } = world;
  await runWrk(script, peer.origin, { ...window, seconds: window.warmupSeconds }, pins.load);
  const seenBefore = await upstream.requests();
  const bytesBefore = await peer.recordBytes?.();
  const cpuBefore = treeCpuUs(peer.pids);
  const result = await runWrk(script, peer.origin, window, pins.load);
  const cpu = treeCpuUs(peer.pids) - cpuBefore;
  // The question itself is one of the requests counted.
  const seen = (await upstream.requests()) - seenBefore - 1;
  if (result.requests === 0) throw new Error("no request was answered");
  const bytesAfter = await peer.recordBytes?.();
  const recorded = bytesBefore === undefined || bytesAfter === undefined ? null : bytesAfter - bytesBefore;
  await peer.tidy?.();
  const unforwarded = peer.forwards === false ? 0 : Math.max(0, result.requests - seen);
  return {
    ...result,
    cpuUs: cpu / result.requests,
    unforwarded,
    recordBytes: recorded === null ? null : recorded / result.requests,
  };
}
