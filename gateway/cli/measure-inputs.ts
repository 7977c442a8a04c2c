import type { ActivePolicy } from "../domain/ports.ts";
import { PolicyFault } from "../domain/ports.ts";
import type { AskedInput } from "./asked-input.ts";

/** What one input costs. Times in microseconds of one evaluation, fuel in units. */
export interface Measured {
  readonly name: string;
  readonly entrypoint: string;
  readonly bytes: number;
  readonly fuel: number | null;
  /** Why it could not be evaluated; null when it could. */
  readonly fault: string | null;
  readonly us: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number } | null;
}

/** The first evaluations run in code that is still being compiled. */
const WARM_ROUNDS = 200;

export function measureInput(policy: ActivePolicy, asked: AskedInput, rounds: number): Measured {
  const { name, entrypoint, input } = asked;
  const about = { name, entrypoint, bytes: Buffer.byteLength(input.text) };
  try {
    let { fuel } = policy.evaluate(entrypoint, input);
    for (let round = 0; round < WARM_ROUNDS; round += 1) ({ fuel } = policy.evaluate(entrypoint, input));
    const times = new Float64Array(rounds);
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      policy.evaluate(entrypoint, input);
      times[round] = (performance.now() - began) * 1_000;
    }
    return { ...about, fuel, fault: null, us: percentiles(times.sort()) };
  } catch (error) {
    if (error instanceof PolicyFault)
      return { ...about, fuel: null, fault: `${error.code}: ${error.message}`, us: null };
    throw error;
  }
}

/** Of times in ascending order. */
function percentiles(times: Float64Array): NonNullable<Measured["us"]> {
  const at = (share: number): number => round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

function round(us: number): number {
  return Math.round(us * 10) / 10;
}
