import { execFileSync } from "node:child_process";
import { findProgram } from "../machine/tools.ts";

/** Bytes that the server on a port has sent and received, by connection. */
export type WireBytes = ReadonlyMap<string, number>;

/** Of the connections that are open now, as the kernel counts them (ss(8)); null where there is no `ss`. */
export function wireBytes(port: number): WireBytes | null {
  const ss = findProgram("ss");
  if (ss === null) return null;
  return readWireBytes(execFileSync(ss, ["-tinHO", `sport = :${port}`], { encoding: "utf8" }));
}

/** One line a connection: `ESTAB 0 0 127.0.0.1:5432 127.0.0.1:33210 … bytes_sent:1 … bytes_received:2 …`. */
export function readWireBytes(output: string): WireBytes {
  const bytes = (line: string, what: string): number => Number(new RegExp(` ${what}:(\\d+)`).exec(line)?.[1] ?? 0);
  return new Map(
    output
      .split("\n")
      .filter((line) => line.startsWith("ESTAB"))
      .map((line) => [line.split(/\s+/)[4] ?? "", bytes(line, "bytes_sent") + bytes(line, "bytes_received")]),
  );
}

/** What has gone over the wire in between. A connection that was closed meanwhile was idle for long before. */
export function bytesBetween(before: WireBytes, after: WireBytes): number {
  return [...after].reduce((sum, [connection, bytes]) => sum + bytes - (before.get(connection) ?? 0), 0);
}
