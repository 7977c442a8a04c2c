import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyLog } from "../../../gateway/record/audit/verify-log.ts";
import type { Check } from "../check.ts";
import { logFolder, logKey, openWriter, writeCalls } from "./made-log.ts";

/** A long log is verified whole; how many records a second is a figure, not a verdict. */
export const speed: Check = {
  name: "speed",
  full: 200_000,
  quick: 20_000,
  async run({ count, random, progress }) {
    const dir = mkdtempSync(join(tmpdir(), "evidence-speed-"));
    try {
      const writer = openWriter({ dir, segmentBytes: 64 * 1024 * 1024, key: logKey() });
      await writeCalls(writer, random, count / 2);
      await writer.close();
      const began = performance.now();
      const report = await verifyLog({
        dir: logFolder(dir),
        keys: [],
        kept: [],
        isLive: false,
        receipt: null,
        witness: null,
        authorities: null,
        progress: (done) => progress(Math.floor(done / 2)),
      });
      const perSecond = Math.round(report.lines / ((performance.now() - began) / 1_000));
      return {
        count: report.lines,
        failures: report.problems.map(({ code, place, detail }) => `${code}: ${place}: ${detail}`),
        figures: { records_per_second: perSecond, checkpoints: report.checkpoints },
      };
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};
