import type { Row } from "../proxies/rows.ts";
import { type Group, megabytes, unread } from "./groups.ts";

/** `measured`: null when a row of it is missing. */
export interface FullGoal {
  /** Whose rows tell it. */
  readonly group: Group["name"];
  readonly goal: string;
  readonly most: number;
  readonly measured: number | null;
}

/** The project's aims that the rows of a full run tell. Medians. */
export function fullGoals(rows: readonly Row[]): FullGoal[] {
  const find = (shape: string, name = "sallyport"): Row | undefined =>
    rows.find((row) => row.shape === shape && row.name === name);
  const u = (shape: string, name?: string): number | null => find(shape, name)?.u.median ?? null;
  const over = (shape: string, of: (row: Row) => number, other: Row | undefined): number | null => {
    const row = find(shape);
    return row === undefined || other === undefined ? null : of(row) / of(other);
  };
  const cpu = (row: Row): number => row.cpu_us.median;
  const [at16, at64, at256] = ["1 KB, c=16", "1 KB, c=64", "1 KB, c=256"];
  const answer = `answer of ${megabytes} MB`;
  return [
    { group: "connections", goal: "1 KB, in U", most: 1.7, measured: u(at16) },
    {
      group: "connections",
      goal: "1 KB, to http-proxy-3",
      most: 1,
      measured: over(at16, cpu, find(at16, "http-proxy-3")),
    },
    { group: "connections", goal: "64 connections, to 16", most: 1.1, measured: over(at64, cpu, find(at16)) },
    { group: "connections", goal: "256 connections, to 16", most: 1.25, measured: over(at256, cpu, find(at16)) },
    {
      group: "connections",
      goal: "256 connections, p99 to http-proxy-3",
      most: 2,
      measured: over(at256, ({ p99_ms }) => p99_ms, find(at256, "http-proxy-3")),
    },
    {
      group: "distinct",
      goal: "distinct bodies and a dozen rules, in U",
      most: 2.4,
      measured: u("4,096 bodies, a dozen rules"),
    },
    { group: "mcp", goal: "MCP tools/call, in U", most: 2, measured: u("MCP tools/call") },
    { group: "sizes", goal: "64 KB that policy reads, in U", most: 3, measured: u("64 KB") },
    { group: "sizes", goal: "64 KB that no rule reads, in U", most: 1.8, measured: u("64 KB", unread) },
    { group: "sizes", goal: "1 MB that policy reads, in U", most: 8, measured: u("1 MB") },
    { group: "sizes", goal: "1 MB that no rule reads, in U", most: 2.5, measured: u("1 MB", unread) },
    {
      group: "answers",
      goal: "answers of 50 MB, to http-proxy-3",
      most: 1.3,
      measured: over(answer, cpu, find(answer, "http-proxy-3")),
    },
    {
      group: "connections",
      goal: "bytes of a record and its outcome",
      most: 1_500,
      measured: find(at16)?.record_bytes ?? null,
    },
    {
      group: "sustained",
      goal: "short run to 60 s, requests a second",
      most: 1.1,
      measured: over("1 KB, short", ({ rps }) => rps, find("1 KB, 60 s")),
    },
  ];
}
