/** The slices of `npm run verify:evidence`: smaller counts, the same checks. */
import { evidenceChecks } from "./evidence-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";

test.each(evidenceChecks.map((check) => check.name))(
  "holds in a slice of the proof: %s",
  async (name) => {
    const summary = await runChecks(`evidence-${name}`, evidenceChecks, readOptions(["--quick", "--only", name]));
    expect(summary).toEqual({ ok: true, checks: [{ name, count: expect.any(Number), failures: 0 }] });
  },
  300_000,
);
