/** The long slices of `npm run verify:wire`: smaller counts, the same checks. */
import { isShort } from "./short-slices.ts";
import { wireChecks } from "./wire-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";

// A ratio of latencies is for `npm run verify:wire`, where nothing else runs: tests beside it would decide it here.
const measured = new Set(["slow-clients"]);

const long = wireChecks.filter((check) => !isShort(check) && !measured.has(check.name));

test.each(long.map((check) => check.name))(
  "holds in a slice of the proof: %s",
  async (name) => {
    const summary = await runChecks(`wire-${name}`, wireChecks, readOptions(["--quick", "--only", name]));
    expect(summary).toEqual({ ok: true, checks: [{ name, count: expect.any(Number), failures: 0 }] });
  },
  120_000,
);
