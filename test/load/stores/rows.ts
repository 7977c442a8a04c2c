import { type Spread, spread } from "../statistics.ts";
import type { LoadName } from "./loads.ts";
import type { Measured, MeasuredDatabase } from "./measure.ts";

/** Both gateways in one round, of one load and so many connections. */
export interface Pair {
  readonly embedded: Measured;
  readonly postgres: Measured;
}

/** One line of the table: a load at so many connections. µs of CPU and numbers are a call's. */
export interface Row {
  readonly load: LoadName;
  readonly connections: number;
  /** CPU of the gateway on PostgreSQL by that of the embedded one, in the same round. */
  readonly ratio: Spread;
  readonly embedded: Side;
  readonly postgres: Side;
  readonly database: DatabaseSide;
  /** Why the row cannot be trusted; empty when it can. */
  readonly faults: readonly string[];
}

interface Side {
  readonly cpu_us: Spread;
  readonly rps: Spread;
  readonly p50_ms: Spread;
  readonly p99_ms: Spread;
  readonly non_2xx: number;
}

interface DatabaseSide {
  readonly cpu_us: Spread;
  readonly statements: Spread;
  /** Null where they cannot be counted. */
  readonly wire_bytes: Spread | null;
  readonly wal_bytes: Spread;
  /** Share of looks that have found a connection waiting for a lock. */
  readonly lock_waits: Spread;
  /** Statements of all rounds, the most frequent first. */
  readonly by_statement: readonly StatementRow[];
}

/** Numbers a call. */
interface StatementRow {
  readonly text: string;
  readonly statements: number;
  readonly rows: number;
  readonly wal_bytes: number;
}

export function makeRow(load: LoadName, connections: number, pairs: readonly Pair[]): Row {
  const [embedded, postgres] = [pairs.map((pair) => pair.embedded), pairs.map((pair) => pair.postgres)];
  return {
    load,
    connections,
    ratio: spread(
      pairs.map((pair) => pair.postgres.cpuUs / pair.embedded.cpuUs),
      2,
    ),
    embedded: sideOf(embedded),
    postgres: sideOf(postgres),
    database: databaseOf(postgres),
    faults: [...faultsOf("embedded", embedded), ...faultsOf("PostgreSQL", postgres)],
  };
}

function sideOf(all: readonly Measured[]): Side {
  const of = (value: (one: Measured) => number, digits: number) => spread(all.map(value), digits);
  return {
    cpu_us: of(({ cpuUs }) => cpuUs, 1),
    rps: of(({ requests, seconds }) => requests / seconds, 0),
    p50_ms: of(({ p50_ms }) => p50_ms, 2),
    p99_ms: of(({ p99_ms }) => p99_ms, 2),
    non_2xx: all.reduce((sum, { refused, broken }) => sum + refused + broken, 0),
  };
}

function databaseOf(all: readonly Measured[]): DatabaseSide {
  const measured = all.flatMap(({ database }) => (database === null ? [] : [database]));
  const of = (value: (one: MeasuredDatabase) => number, digits: number) => spread(measured.map(value), digits);
  const bytes = measured.flatMap(({ wireBytes }) => (wireBytes === null ? [] : [wireBytes]));
  return {
    cpu_us: of(({ cpuUs }) => cpuUs, 1),
    statements: of(({ statements }) => statements, 3),
    wire_bytes: bytes.length === 0 ? null : spread(bytes, 0),
    wal_bytes: of(({ walBytes }) => walBytes, 0),
    lock_waits: of(({ waits }) => waits, 3),
    by_statement: byStatement(all),
  };
}

function byStatement(all: readonly Measured[]): StatementRow[] {
  const calls = all.reduce((sum, { requests }) => sum + requests, 0);
  const sums = new Map<string, { statements: number; rows: number; wal: number }>();
  for (const { text, calls: times, rows, walBytes } of all.flatMap(({ database }) => database?.counted ?? [])) {
    const sum = sums.get(text) ?? { statements: 0, rows: 0, wal: 0 };
    sums.set(text, { statements: sum.statements + times, rows: sum.rows + rows, wal: sum.wal + walBytes });
  }
  const perCall = (value: number, digits: number): number => Number((value / calls).toFixed(digits));
  return [...sums]
    .map(([text, { statements, rows, wal }]) => ({
      text,
      statements: perCall(statements, 4),
      rows: perCall(rows, 4),
      wal_bytes: perCall(wal, 1),
    }))
    .sort((one, other) => other.statements - one.statements);
}

/** A refusal is faster than a forward, so a row with one would flatter itself. */
function faultsOf(engine: string, all: readonly Measured[]): string[] {
  const kinds = {
    refused: "answers of 400 or above",
    broken: "broken or late answers",
    unforwarded: "answers without the upstream",
    again: "calls in a session that was there already",
  };
  return Object.entries(kinds).flatMap(([kind, words]) => {
    const count = all.reduce((sum, one) => sum + one[kind as keyof typeof kinds], 0);
    return count === 0 ? [] : [`${engine}: ${count} ${words}`];
  });
}
