import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOnThread, releaseOpa } from "../../../../gateway/bundles/thread/opa-thread.ts";
import { type ProgramEnd, type ProgramRun, runProgram } from "../../../../gateway/bundles/thread/run-program.ts";
import { ThreadFailure } from "../../../../gateway/lib/resident-thread.ts";

let directory: string;
beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "sallyport-run-")));
});
afterEach(() => releaseOpa());
afterAll(() => rm(directory, { recursive: true, force: true }));

const shell = (script: string, changes: Partial<ProgramRun> = {}): ProgramRun => {
  return { path: "/bin/sh", args: ["-c", script], directory, timeoutMs: 60_000, environment: null, ...changes };
};
const ended: ProgramEnd = { stdout: "", stderr: "", code: 0, killed: false, signal: null };

test.each<[string, ProgramRun, object]>([
  ["by itself", shell("pwd; echo two >&2"), { stdout: "DIRECTORY\n", stderr: "two\n" }],
  ["with a status", shell("echo no; exit 3"), { stdout: "no\n", code: 3 }],
  ["at its time limit", shell("exec sleep 60", { timeoutMs: 50 }), { killed: true, signal: "SIGKILL" }],
  ["by a signal", shell("kill -TERM $$"), { signal: "SIGTERM" }],
  ["before it began", shell("", { path: "/nowhere/opa" }), { code: "ENOENT" }],
  ["with the environment that it was given", shell("echo $A$HOME", { environment: { A: "b" } }), { stdout: "b\n" }],
])("tells of a program that ended %s, from a thread as from here", async (_how, run, wanted) => {
  const here = await runProgram(run);
  expect(here).toEqual({ ...ended, ...wanted, ...("stdout" in wanted && { stdout: here.stdout }) });
  expect(here.stdout).toBe(String((wanted as Partial<ProgramEnd>).stdout ?? "").replace("DIRECTORY", directory));
  expect(await runOnThread(run, 60_000)).toEqual(here);
});

test("refuses to wait for longer than its limit", async () => {
  await expect(runOnThread(shell("exec sleep 1"), 5)).rejects.toThrow(ThreadFailure);
});
