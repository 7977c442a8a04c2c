import type { Measured } from "./measure.ts";
import { makeRow } from "./rows.ts";
import { bytesBetween, readWireBytes } from "./wire-bytes.ts";

function measured(cpuUs: number, changes: Partial<Measured> = {}): Measured {
  const none = { refused: 0, broken: 0, unforwarded: 0, again: 0, database: null };
  return { cpuUs, requests: 100, seconds: 2, p50_ms: 1, p99_ms: 2, ...none, ...changes };
}

function onDatabase(statements: number): Measured["database"] {
  const counted = [{ text: "SELECT 1", calls: statements * 100, rows: 100, walBytes: 0 }];
  return { cpuUs: 20, statements, wireBytes: null, walBytes: 7, waits: 0, counted };
}

describe("a row of the bench of stores", () => {
  it("compares both gateways of a round, and counts each statement over all rounds", () => {
    const row = makeRow("steady", 64, [
      { embedded: measured(100), postgres: measured(150, { database: onDatabase(0.1) }) },
      { embedded: measured(200), postgres: measured(220, { database: onDatabase(0.3) }) },
    ]);
    expect(row).toMatchObject({
      ratio: { median: 1.3, min: 1.1, max: 1.5 },
      database: { statements: { median: 0.2, min: 0.1, max: 0.3 }, wire_bytes: null },
      faults: [],
    });
    expect(row.database.by_statement).toEqual([{ text: "SELECT 1", statements: 0.2, rows: 1, wal_bytes: 0 }]);
  });

  it("cannot be trusted with an answer that is refused, or a session that is not new", () => {
    const { faults } = makeRow("first", 16, [
      { embedded: measured(1, { refused: 2 }), postgres: measured(1, { again: 3, database: onDatabase(1) }) },
    ]);
    expect(faults).toEqual([
      "embedded: 2 answers of 400 or above",
      "PostgreSQL: 3 calls in a session that was there already",
    ]);
  });
});

test("bytes on the wire are those of connections that are open, and what was there before does not count", () => {
  const line = (port: number, sent: number, received: number): string =>
    `ESTAB 0 0 127.0.0.1:5432 127.0.0.1:${port} cubic bytes_sent:${sent} bytes_acked:${sent} bytes_received:${received} segs_out:1`;
  const before = readWireBytes([line(1, 10, 5), line(2, 100, 50), ""].join("\n"));
  expect([...before]).toEqual([
    ["127.0.0.1:1", 15],
    ["127.0.0.1:2", 150],
  ]);
  expect(bytesBetween(before, readWireBytes([line(1, 20, 15), line(3, 4, 3)].join("\n")))).toBe(27);
});
