/** The quick slices of `npm run verify:approvals`: smaller counts, the same checks. The others are in `approvals.long.test.ts`. */
import { approvalChecks } from "./approvals-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { isShort } from "./short-slices.ts";

test.each(approvalChecks.filter(isShort).map((check) => check.name))(
  "holds in a slice of the proof: %s",
  async (name) => {
    const summary = await runChecks(`approvals-${name}`, approvalChecks, readOptions(["--quick", "--only", name]));
    expect(summary).toEqual({ ok: true, checks: [{ name, count: expect.any(Number), failures: 0 }] });
  },
  120_000,
);
