import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { runOnThread, releaseOpa } from "../../../../gateway/bundles/thread/opa-thread.ts";
import { type ProgramEnd, type ProgramRun, runProgram } from "../../../../gateway/bundles/thread/run-program.ts";
import { ThreadFailure } from "../../../../gateway/lib/resident-thread.ts";

const directory = realpathSync(tmpdir());
afterEach(() => releaseOpa());

const shell = (script: string, changes: Partial<ProgramRun> = {}): ProgramRun => {
  return { path: "/bin/sh", args: ["-c", script], directory, timeoutMs: 60_000, environment: null, ...changes };
};
const ended: ProgramEnd = { stdout: "", stderr: "", code: 0, killed: false, signal: null };

test.each<[string, ProgramRun, object]>([
  ["by itself", shell("pwd; echo two >&2"), { stdout: `${directory}\n`, stderr: "two\n" }],
  ["with a status", shell("echo no; exit 3"), { stdout: "no\n", code: 3 }],
  ["at its time limit", shell("exec sleep 60", { timeoutMs: 50 }), { killed: true, signal: "SIGKILL" }],
  ["by a signal", shell("kill -TERM $$"), { signal: "SIGTERM" }],
  ["before it began", shell("", { path: "/nowhere/opa" }), { code: "ENOENT" }],
  ["with the environment that it was given", shell("echo $A$HOME", { environment: { A: "b" } }), { stdout: "b\n" }],
])("tells of a program that ended %s, from a thread as from here", async (_how, run, wanted) => {
  const here = await runProgram(run);
  expect(here).toEqual({ ...ended, ...wanted });
  expect(await runOnThread(run, 60_000)).toEqual(here);
});

test("refuses to wait for longer than its limit", async () => {
  await expect(runOnThread(shell("exec sleep 1"), 5)).rejects.toThrow(ThreadFailure);
});
