import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mayNotSkip } from "../support/found-tool.ts";
import { missingTools } from "./machine/tools.ts";
import { runProcess } from "./machine/process.ts";
import { pidsWith } from "./machine/proc.ts";
import type { Results } from "./proxies/run.ts";

const needed = missingTools();
const reason = `needs ${needed.join(", ")}: npm run bench as root installs them`;

(needed.length > 0 && !mayNotSkip ? describe.skip : describe)(
  `the bench${needed.length > 0 ? ` (${reason})` : ""}`,
  () => {
    let dir: string;
    let results: Results;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), "sallyport-bench-smoke-"));
      const out = join(dir, "results.json");
      const shape = ["--rounds", "1", "--seconds", "1", "--only", "sallyport", "--out", out];
      await runProcess([process.execPath, "test/load/main.ts", ...shape], { env: { TMPDIR: dir } });
      results = JSON.parse(await readFile(out, "utf8")) as Results;
    }, 180_000);
    afterAll(() => rm(dir, { recursive: true, force: true }));

    it("measures the gateway and the bare proxy with every call answered by the upstream", () => {
      expect(results.missing).toEqual([]);
      expect(results.rows.map(({ name }) => name)).toEqual(["bare-undici", "sallyport"]);
      const spread = { median: expect.any(Number), min: expect.any(Number), max: expect.any(Number) };
      for (const row of results.rows) {
        expect(row).toMatchObject({
          version: expect.stringMatching(/\d+\.\d+/),
          cpu_us: spread,
          u: spread,
          non_2xx: 0,
          faults: [],
        });
        for (const value of [row.cpu_us.median, row.rps, row.p50_ms, row.p99_ms]) expect(value).toBeGreaterThan(0);
        expect(row.p99_ms).toBeGreaterThanOrEqual(row.p50_ms);
      }
    });

    it("takes the bare proxy of the same round as the unit", () => {
      const [bare, own] = results.rows;
      expect(bare!.u).toEqual({ median: 1, min: 1, max: 1 });
      expect(own!.u.median).toBeCloseTo(own!.cpu_us.median / bare!.cpu_us.median, 1);
    });

    it("says on what machine and when", () => {
      expect(Date.parse(results.date)).toBeGreaterThan(0);
      expect(results.machine).toMatchObject({
        cpus: expect.any(Number),
        node: process.version,
        log_filesystem: expect.any(String),
      });
    });

    it("leaves no process behind", () => {
      expect(pidsWith(dir)).toEqual([]);
    });
  },
);
