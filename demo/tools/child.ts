import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A child process that runs a script of this repository. */
export interface Child {
  readonly pid: number;
  /** Null while it runs, and when a signal has ended it. */
  exitCode(): number | null;
  /** Everything written so far, stdout and stderr in the order it came. */
  output(): string;
  /** Everything written to stdout so far. */
  stdout(): string;
  /**
   * Resolves with what `look` finds in the output, as soon as it finds something.
   * @throws Error with the output when the process ends first or `ms` pass
   */
  waitFor<T>(
    look: (child: { output(): string; stdout(): string }) => T | null | Promise<T | null>,
    ms: number,
  ): Promise<T>;
  /** SIGTERM, then SIGKILL when it does not end in time; resolves when it ended. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const repository = fileURLToPath(new URL("../../", import.meta.url));
const lookEveryMs = 20;
const graceMs = 60_000;

/** Starts `node <args>` in the repository's folder, with this Node. */
export function startChild(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const child = spawn(process.execPath, args, {
    cwd: repository,
    // The gateway ends with this process, however that ends.
    env: { ...process.env, SALLYPORT_PARENT: String(process.pid), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { all: "", stdout: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written.all += text;
    written.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (written.all += text));
  const ended = once(child, "exit");
  const views = { output: () => written.all, stdout: () => written.stdout };

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!alive(child)) return;
    child.kill(signal);
    const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await ended;
    clearTimeout(force);
  }

  return {
    pid: child.pid ?? 0,
    exitCode: () => child.exitCode,
    ...views,
    waitFor: (look, ms) => poll(child, args, views, look, ms),
    stop: () => end("SIGTERM"),
    kill: end,
  };
}

async function poll<T>(
  child: ChildProcess,
  args: readonly string[],
  views: Pick<Child, "output" | "stdout">,
  look: (views: Pick<Child, "output" | "stdout">) => T | null | Promise<T | null>,
  ms: number,
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const found = await look(views);
    if (found !== null) return found;
    if (!alive(child))
      throw new Error(`node ${args.join(" ")} ended with ${child.exitCode ?? child.signalCode}:\n${views.output()}`);
    if (performance.now() > until)
      throw new Error(`node ${args.join(" ")} was not ready after ${ms} ms:\n${views.output()}`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function alive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
