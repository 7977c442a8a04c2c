import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../gateway/main.ts", import.meta.url));

export interface HookRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `sallyport hook` as a client starts it: a process of its own that gets the client's message on standard input. */
export function runHookProcess(
  args: readonly string[],
  message: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<HookRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, "hook", ...args], {
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    // A hook that does not read what it is sent ends before it has all of it.
    child.stdin.on("error", () => undefined);
    child.stdin.end(typeof message === "string" ? message : JSON.stringify(message));
  });
}
