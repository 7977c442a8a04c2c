/** The long slices of `npm run verify:approvals`: smaller counts, the same checks. */
import { approvalChecks } from "./approvals-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { isShort } from "./short-slices.ts";

const long = approvalChecks.filter((check) => !isShort(check));

test.each(long.map((check) => check.name))(
  "holds in a slice of the proof: %s",
  async (name) => {
    const summary = await runChecks(`approvals-${name}`, approvalChecks, readOptions(["--quick", "--only", name]));
    expect(summary).toEqual({ ok: true, checks: [{ name, count: expect.any(Number), failures: 0 }] });
  },
  300_000,
);
