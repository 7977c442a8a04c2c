import type { MachineFacts } from "../machine/facts.ts";
import type { Spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import type { LoadName } from "./loads.ts";
import type { Row } from "./rows.ts";

export interface StoresResults {
  readonly date: string;
  readonly machine: MachineFacts;
  readonly postgresql: string;
  /** Of the machine, before and after. */
  readonly load_average: readonly [before: number, after: number];
  readonly rounds: number;
  readonly seconds: number;
  readonly loads: readonly { readonly name: LoadName; readonly what: string }[];
  readonly rows: readonly Row[];
}

/** Of the gateway on PostgreSQL: its CPU by that of the embedded one, and statements a call at so many connections. */
const goals = { ratio: 1.5, statements: 0.3, connections: 64 } as const;
/** Statements that are rarer, a call, are summed up. */
const rare = 0.002;

export function render(results: StoresResults): string {
  const { machine, postgresql, load_average: load, rows, loads, date, rounds, seconds } = results;
  return [
    "",
    `${machine.cpu}, ${machine.cpus} CPUs, Linux ${machine.kernel}, Node ${machine.node}, PostgreSQL ${postgresql}, on ${machine.log_filesystem}; ${date}`,
    `${rounds} rounds of ${seconds} s; load average ${load[0]} before, ${load[1]} after; the database runs beside the load generator, not beside the gateway`,
    ...loads.map(({ name, what }) => `${name}: ${what}`),
    "",
    costs(rows),
    "",
    database(rows),
    ...rows.flatMap((row) => (row.connections === goals.connections ? ["", statements(row)] : [])),
    "",
    ...rows.flatMap((row) => row.faults.map((fault) => `FAULT ${row.load} ${row.connections}: ${fault}`)),
    ...rows.flatMap(goalsOf),
  ].join("\n");
}

function costs(rows: readonly Row[]): string {
  return textTable(
    [
      "gateway",
      "ratio",
      "embedded CPU µs",
      "PostgreSQL CPU µs",
      "req/s",
      "req/s",
      "p50/p99 ms",
      "p50/p99 ms",
      "non-2xx",
    ],
    rows.map(({ load, connections, ratio, embedded, postgres }) => [
      `${load} ${connections}`,
      range(ratio, 2),
      range(embedded.cpu_us, 0),
      range(postgres.cpu_us, 0),
      String(embedded.rps.median),
      String(postgres.rps.median),
      `${embedded.p50_ms.median}/${embedded.p99_ms.median}`,
      `${postgres.p50_ms.median}/${postgres.p99_ms.median}`,
      `${embedded.non_2xx}/${postgres.non_2xx}`,
    ]),
  );
}

function database(rows: readonly Row[]): string {
  return textTable(
    ["database, a call", "CPU µs", "statements", "bytes on the wire", "bytes of WAL", "lock waits"],
    rows.map(({ load, connections, database: { cpu_us, statements: count, wire_bytes, wal_bytes, lock_waits } }) => [
      `${load} ${connections}`,
      range(cpu_us, 0),
      range(count, 3),
      wire_bytes === null ? "not counted" : range(wire_bytes, 0),
      range(wal_bytes, 0),
      range(lock_waits, 2),
    ]),
  );
}

function statements({ load, connections, database: { by_statement: all } }: Row): string {
  const [often, seldom] = [all.filter((one) => one.statements >= rare), all.filter((one) => one.statements < rare)];
  const sum = seldom.reduce((so, one) => so + one.statements, 0);
  return textTable(
    [`${load} ${connections}: statements`, "a call", "rows a call", "WAL bytes a call"],
    [
      ...often.map((one) => [
        one.text.slice(0, 90),
        one.statements.toFixed(3),
        one.rows.toFixed(3),
        String(one.wal_bytes),
      ]),
      [`${seldom.length} others`, sum.toFixed(3), "", ""],
    ],
  );
}

function goalsOf({ load, connections, ratio, database: { statements: count } }: Row): string[] {
  const goal = (what: string, measured: number, most: number): string =>
    `goal ${measured <= most ? "met" : "MISSED"}: ${what} of ${load} ${connections} is ${measured} (at most ${most})`;
  return [
    goal("ratio", ratio.median, goals.ratio),
    ...(connections === goals.connections ? [goal("statements a call", count.median, goals.statements)] : []),
  ];
}

function range({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} [${min.toFixed(digits)}–${max.toFixed(digits)}]`;
}
