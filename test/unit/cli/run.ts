import { spawn } from "node:child_process";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Verb } from "../../../gateway/cli/common/verb.ts";
import { runCli } from "../../../gateway/cli/run-cli.ts";

const main = fileURLToPath(new URL("./bare-cli.ts", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Called with all of stdout and stderr so far; the process is interrupted as by Ctrl-C once it says true. */
  readonly until?: (stdout: string, stderr: string) => boolean;
  /** The process gets this signal. */
  readonly signalled?: Promise<NodeJS.Signals>;
}

/** The command line as people run it: a process of its own. */
export function sallyport(args: readonly string[], { cwd, env = {}, until, signalled }: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    void signalled?.then((signal) => child.kill(signal));
    let stdout = "";
    let stderr = "";
    const look = () => {
      if (until?.(stdout, stderr) === true) child.kill("SIGINT");
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      look();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      look();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Somebody at a terminal, who answers what they are asked. */
export interface TypedIn {
  readonly stdin: PassThrough & { isTTY: boolean };
  /** Called with all that was shown so far. */
  sees(shown: string): void;
}

/** Answers the first question; `before` runs when it is asked. */
export function answering(answer: string, before: () => void = () => undefined): TypedIn {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  let asked = false;
  return {
    stdin,
    sees(shown) {
      if (asked || !shown.endsWith(": ")) return;
      asked = true;
      before();
      stdin.end(answer);
    },
  };
}

/** The same command line inside the test's process, without the second it takes to start one. */
export async function inProcess(args: readonly string[], terminal?: TypedIn): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr") => ({
    write(text: string) {
      said[name] += text;
      if (name === "stderr") terminal?.sees(said.stderr);
    },
  });
  const serve = async () => void (said.stdout += "started\n");
  const code = await runCli(args, serve, {
    stdout: into("stdout"),
    stderr: into("stderr"),
    ...(terminal === undefined ? {} : { stdin: terminal.stdin }),
  });
  return { code, ...said };
}

/** Asserts that the help text of every verb has its examples. */
export async function expectExamples(noun: string, verbs: readonly Verb[]): Promise<void> {
  for (const { usage, examples } of verbs) {
    const words = [noun, usage.split(" ")[0] ?? "", "--help"].filter((word) => word !== "");
    const { code, stdout } = await inProcess(words);
    expect([code, examples.length > 0]).toEqual([0, true]);
    for (const example of examples) expect(stdout).toContain(`\n  $ sallyport ${example}\n`);
  }
}
