/** The long slices of `npm run verify:access`: smaller counts, the same checks. */
import { accessChecks } from "./access-checks.ts";
import { readOptions, runChecks } from "./run-checks.ts";
import { isShort } from "./short-slices.ts";

const long = accessChecks.filter((check) => !isShort(check));

test.each(long.map((check) => check.name))(
  "holds in a slice of the proof: %s",
  async (name) => {
    const summary = await runChecks(`access-${name}`, accessChecks, readOptions(["--quick", "--only", name]));
    expect(summary).toEqual({ ok: true, checks: [{ name, count: expect.any(Number), failures: 0 }] });
  },
  300_000,
);
