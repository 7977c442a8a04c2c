import { unitName } from "../peers/all.ts";
import { median, type Spread, spread } from "../statistics.ts";
import type { Measurement } from "./measure.ts";
import type { MissingPeer, Series } from "./rounds.ts";

/** One line of the table. Times in µs or ms as named; `u` is the ratio to the bare proxy of the same round. */
export interface Row {
  readonly name: string;
  readonly shape: string;
  readonly what: string;
  readonly version: string;
  readonly cpu_us: Spread;
  readonly u: Spread;
  readonly rps: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Over all rounds: answers of 400 and above, broken connections, and answers that never reached the upstream. */
  readonly non_2xx: number;
  /** Of the decision log, a call; null for peers without one. */
  readonly record_bytes: number | null;
  readonly rounds: number;
  /** Why the row cannot be trusted; empty when it can. */
  readonly faults: readonly string[];
}

/** A peer that no round measured has no row; its failures are told instead. */
export function makeRows(all: readonly Series[]): Row[] {
  return all.flatMap((series) => {
    const unit = all.find(({ name, shape }) => name === unitName && shape === series.shape)?.rounds ?? [];
    const measured = series.rounds.filter((round) => round !== null);
    const ratios = ratiosTo(unit, series.rounds);
    return measured.length === 0 || ratios.length === 0 ? [] : [makeRow(series, measured, ratios)];
  });
}

/** Peers without a row, and why. */
export function neverMeasured(all: readonly Series[], rows: readonly Row[]): MissingPeer[] {
  return all
    .filter(({ name, shape }) => !rows.some((row) => row.name === name && row.shape === shape))
    .map(({ name, shape, failures }) => ({
      name: shape === "" ? name : `${shape}: ${name}`,
      reason: failures[0] ?? "no round of it can be compared",
    }));
}

function makeRow(series: Series, measured: readonly Measurement[], ratios: readonly number[]): Row {
  const { name, shape, what, version } = series;
  return {
    name,
    shape,
    what,
    version,
    cpu_us: spread(
      measured.map(({ cpuUs }) => cpuUs),
      1,
    ),
    u: spread(ratios, 2),
    rps: Math.round(median(measured.map(({ requests, seconds }) => requests / seconds))),
    p50_ms: Number(median(measured.map(({ p50_ms }) => p50_ms)).toFixed(3)),
    p99_ms: Number(median(measured.map(({ p99_ms }) => p99_ms)).toFixed(3)),
    non_2xx: measured.reduce((sum, { refused, broken, unforwarded }) => sum + refused + broken + unforwarded, 0),
    record_bytes: bytesOf(measured),
    rounds: measured.length,
    faults: [...series.failures, ...faultsOf(measured)],
  };
}

function bytesOf(measured: readonly Measurement[]): number | null {
  const bytes = measured.flatMap(({ recordBytes }) => (recordBytes === null ? [] : [recordBytes]));
  return bytes.length === 0 ? null : Math.round(median(bytes));
}

function ratiosTo(unit: readonly (Measurement | null)[], rounds: readonly (Measurement | null)[]): number[] {
  return rounds.flatMap((measured, round) => {
    const one = unit[round];
    return measured === null || one === null || one === undefined ? [] : [measured.cpuUs / one.cpuUs];
  });
}

/** A refusal is faster than a forward, so a row with one would flatter itself. */
function faultsOf(measured: readonly Measurement[]): string[] {
  const kinds = {
    refused: "answers of 400 or above",
    broken: "broken or late answers",
    unforwarded: "answers without the upstream",
  };
  return Object.entries(kinds).flatMap(([kind, words]) => {
    const count = measured.reduce((sum, round) => sum + round[kind as keyof typeof kinds], 0);
    return count === 0 ? [] : [`${count} ${words}`];
  });
}
