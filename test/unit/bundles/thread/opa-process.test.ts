import { tmpdir } from "node:os";
import { opaOutput, runOpa } from "../../../../gateway/bundles/build/opa.ts";
import { TransientFailure } from "../../../../gateway/bundles/failure.ts";
import { expectOpa, releaseOpa, runInProcess } from "../../../../gateway/bundles/thread/opa-process.ts";
import { type ProgramOutput, runProgram } from "../../../../gateway/bundles/thread/run-program.ts";

const environment = { PATH: "/usr/bin:/bin", WORD: "one" };
const directory = tmpdir();
const shell = (script: string, timeoutMs = 60_000) => {
  return { program: "/bin/sh", args: ["-c", script], directory, environment, timeoutMs };
};

async function inProcess(script: string, timeoutMs?: number): Promise<ProgramOutput> {
  return runInProcess(shell(script, timeoutMs)) ?? Promise.reject(new Error("there is no process"));
}

beforeEach(() => expectOpa(environment));
afterEach(releaseOpa);

test("a program runs in the asked directory and environment alone, and is no child of this process", async () => {
  const { stdout, code } = await inProcess('echo "$PPID $PWD $WORD $HOME"');
  const [parent, ...rest] = stdout.trim().split(" ");
  expect([code, Number(parent) === process.pid, rest]).toEqual([0, false, [directory, "one"]]);
});

test.each<[string, string, number | undefined]>([
  ["an exit status", "echo out; echo wrong >&2; exit 3", undefined],
  ["a long output in characters of any length", "for i in $(seq 9000); do printf '%s-ü-😀 ' $i; done", undefined],
  ["a signal", "kill -TERM $$", undefined],
  ["a time limit", "exec sleep 60", 100],
  ["too much output", "exec head -c 70000000 /dev/zero", undefined],
])("%s is told as of a child of this process", async (_, script, timeoutMs) => {
  const [far, near] = [await inProcess(script, timeoutMs), await runProgram(shell(script, timeoutMs))];
  const { stdout, ...rest } = far;
  expect([stdout === near.stdout, rest]).toEqual([true, { ...near, stdout: undefined }]);
});

test("a program that is not there, and one that cannot be started, are told by their codes", async () => {
  const missing = { ...shell(""), program: "nowhere-to-be-found" };
  const nowhere = { ...shell(""), directory: "/nowhere/at/all" };
  const malformed = { ...shell(""), args: ["a\0b"] };
  const codes = await Promise.all([missing, nowhere, malformed].map(async (run) => (await runInProcess(run))?.code));
  expect(codes).toEqual(["ENOENT", "ENOENT", "ERR_INVALID_ARG_VALUE"]);
});

test("a process that is killed refuses what it runs as ended by a signal, and the next build starts another", async () => {
  const opa = { path: "/bin/sh", environment, timeoutMs: 10_000 };
  // Never this process, whatever is broken.
  const script = `test $PPID = ${process.pid} || kill -KILL $PPID; exec sleep 60`;
  const failed = runOpa(opa, ["-c", script], directory, "compile");
  await expect(failed).rejects.toThrow("opa -c was ended by SIGKILL");
  await expect(failed).rejects.toBeInstanceOf(TransientFailure);
  expect(runInProcess(shell("true"))).toBeNull();
  expectOpa(environment);
  expect((await inProcess("echo again")).stdout).toBe("again\n");
});

test("without the process, and without an environment of its own, OPA is a child of this process", async () => {
  const parent = async (opa: Parameters<typeof opaOutput>[0]): Promise<number> =>
    Number((await opaOutput(opa, ["-c", "echo $PPID"], directory, "compile")).stdout);
  expect(await parent({ path: "/bin/sh" })).toBe(process.pid);
  releaseOpa();
  expect(await parent({ path: "/bin/sh", environment })).toBe(process.pid);
});
