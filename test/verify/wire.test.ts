/** The quick slices of `npm run verify:wire`: smaller counts, the same checks. The others are in `wire.long.test.ts`. */
import { isShort } from "./short-slices.ts";
import { wireChecks } from "./wire-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";

test.each(wireChecks.filter(isShort).map((check) => check.name))(
  "holds in a slice of the proof: %s",
  async (name) => {
    const summary = await runChecks(`wire-${name}`, wireChecks, readOptions(["--quick", "--only", name]));
    expect(summary).toEqual({ ok: true, checks: [{ name, count: expect.any(Number), failures: 0 }] });
  },
  120_000,
);
