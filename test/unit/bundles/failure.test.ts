import { asFailure, BundleFailure, FailureState, unreadable, whyUnwatched } from "../../../gateway/bundles/failure.ts";
import { policyFindings } from "../../../gateway/compose/health.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";

/** The problem of the finding of what has failed last. */
function world() {
  const clock = new TestClock();
  const state = new FailureState(clock, quiet);
  const problem = () =>
    policyFindings({
      status: () => ({ active: null, failure: state.current, building: null, warnings: [], faults: [] }),
    }).find(({ name }) => name === "policy-edit")?.problem;
  const fails = (failure: BundleFailure, edited: string | null) =>
    state.set(failure, { edited, retried: false, kept: "r1" });
  return { clock, problem, fails };
}

const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 24, 12, 0, seconds)).toISOString();

test("the time of a failed edit is its own, and that of an earlier failure is told apart", () => {
  const { clock, problem, fails } = world();
  fails(unreadable("the policy folder", { code: "EACCES" }), null);
  expect(problem()).toBe(`policy source not read since ${at(0)}: the policy folder cannot be read: EACCES`);
  clock.advance(10_000);
  fails(new BundleFailure("compile", "a.rego:3: no"), "a.rego");
  const apart = `(the sources are not active since ${at(0)}, first for another failure)`;
  expect(problem()).toBe(`edit of a.rego not applied since ${at(10)} ${apart}: a.rego:3: no`);
  clock.advance(10_000);
  fails(new BundleFailure("compile", "a.rego:3: no"), "a.rego");
  expect(problem()).toContain(`not applied since ${at(10)} (`);
});

test("a failure beside what the sources hold names no edit", () => {
  const { problem, fails } = world();
  fails(new BundleFailure("activate", "the history cannot be written"), null);
  expect(problem()).toBe(`policy not applied since ${at(0)}: the history cannot be written`);
});

test("a failure for want of open files says so, and what to do", () => {
  const failure = Object.assign(new Error("EMFILE: too many open files, watch 'policy'"), { code: "EMFILE" });
  const why = "EMFILE: this process has too many files open; raise its limit (ulimit -n, LimitNOFILE of systemd)";
  expect(asFailure({ code: "EMFILE", syscall: "spawn" }, "compile").message).toContain(`spawn ${why}`);
  expect(whyUnwatched(failure)).toBe(`${why}, or fs.inotify.max_user_instances`);
  expect(whyUnwatched(new Error("gone"))).toBe("Error: gone");
  expect(unreadable("a.rego", { code: "ENFILE" }).message).toContain("ENFILE: all processes of this machine together");
});
