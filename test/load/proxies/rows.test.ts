import type { Measurement } from "./measure.ts";
import { makeRows, neverMeasured } from "./rows.ts";
import type { Series } from "./rounds.ts";

function measured(cpuUs: number, changes: Partial<Measurement> = {}): Measurement {
  return {
    cpuUs,
    requests: 4000,
    seconds: 4,
    p50_ms: 1,
    p99_ms: 2,
    refused: 0,
    broken: 0,
    unforwarded: 0,
    recordBytes: null,
    ...changes,
  };
}

function series(name: string, rounds: (Measurement | null)[], failures: string[] = []): Series {
  return { name, shape: "", what: "a peer", version: "1.0.0", rounds, failures };
}

const unit = series("bare-undici", [measured(50), measured(100), measured(60)]);

describe("the rows of the table", () => {
  it("compares each round with the bare proxy of the same round", () => {
    const [, row] = makeRows([unit, series("peer", [measured(100), measured(200), measured(150)])]);
    expect(row).toMatchObject({
      cpu_us: { median: 150, min: 100, max: 200 },
      u: { median: 2, min: 2, max: 2.5 },
      rps: 1000,
      rounds: 3,
      faults: [],
    });
  });

  it("leaves out a round that the peer or the bare proxy failed in, and says so", () => {
    const broken = series("peer", [measured(100), null, measured(60)], ["it ended"]);
    const [, row] = makeRows([series("bare-undici", [null, measured(100), measured(60)]), broken]);
    expect(row).toMatchObject({ u: { median: 1, min: 1, max: 1 }, rounds: 2, faults: ["it ended"] });
  });

  it("distrusts a row with an answer that was refused, broken or not forwarded", () => {
    const rounds = [measured(50, { refused: 2 }), measured(50, { broken: 1 }), measured(50, { unforwarded: 3 })];
    const [, row] = makeRows([unit, series("peer", rounds)]);
    expect(row?.non_2xx).toBe(6);
    expect(row?.faults).toEqual([
      "2 answers of 400 or above",
      "1 broken or late answers",
      "3 answers without the upstream",
    ]);
  });

  it("has no row for a peer that no round measured, and says why", () => {
    const all = [unit, series("peer", [null, null, null], ["it ended"])];
    const rows = makeRows(all);
    expect(rows.map(({ name }) => name)).toEqual(["bare-undici"]);
    expect(neverMeasured(all, rows)).toEqual([{ name: "peer", reason: "it ended" }]);
  });

  it("compares a peer with the bare proxy under the same load", () => {
    const [small, large] = ["1 KB", "1 MB"].map((shape) => ({ ...unit, shape })) as [Series, Series];
    const all = [small, { ...series("peer", unit.rounds.slice()), shape: "1 MB" }];
    expect(neverMeasured(all, makeRows(all))).toEqual([
      { name: "1 MB: peer", reason: "no round of it can be compared" },
    ]);
    expect(makeRows([...all, large]).map(({ name, shape }) => [name, shape])).toContainEqual(["peer", "1 MB"]);
  });
});
