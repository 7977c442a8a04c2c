/** The slice of `npm run verify:approvals` that is part of the tests: smaller counts, the same checks. */
import { approvalChecks } from "./approvals-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";

test.each(approvalChecks.map((check) => check.name))(
  "holds in a slice of the proof: %s",
  async (name) => {
    const summary = await runChecks(`approvals-${name}`, approvalChecks, readOptions(["--quick", "--only", name]));
    expect(summary).toEqual({ ok: true, checks: [{ name, count: expect.any(Number), failures: 0 }] });
  },
  300_000,
);
