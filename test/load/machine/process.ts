import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ProcessOptions {
  /** The one CPU it may run on; anywhere when absent. */
  readonly cpu?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Running {
  readonly pid: number;
  /** Everything written so far. */
  output(): string;
  /** How it ended; null while it runs. */
  ended(): string | null;
  /**
   * Resolves with what `look` finds, as soon as it finds something.
   * @throws Error with the output when the process ends first or 60 s pass
   */
  waitFor<T>(look: (output: string) => T | null | Promise<T | null>): Promise<T>;
  /** SIGTERM, SIGKILL after 5 s; resolves when it has ended. */
  stop(): Promise<void>;
  /** Settles when it has ended and everything it wrote is here. */
  readonly finished: Promise<unknown>;
}

const started = new Set<Running>();
const repository = fileURLToPath(new URL("../../../", import.meta.url));
const limitMs = 60_000;
const graceMs = 5_000;
const keptCharacters = 100_000;

/** taskset replaces itself by the command, so the pid is the command's own. */
export function startProcess(command: readonly string[], { cpu, env = {} }: ProcessOptions = {}): Running {
  const [program = "", ...args] = cpu === undefined ? command : ["taskset", "-c", String(cpu), ...command];
  const child = spawn(program, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (written = (written + text).slice(-keptCharacters)));
  }
  const finished = once(child, "close").catch((error: unknown) => (written += String(error)));
  const running: Running = {
    finished,
    pid: child.pid ?? 0,
    output: () => written,
    ended: () => endOf(child),
    waitFor: <T>(look: (output: string) => T | null | Promise<T | null>) => poll(running, command.join(" "), look),
    stop: async () => {
      if (endOf(child) !== null) return;
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await finished;
      clearTimeout(force);
    },
  };
  started.add(running);
  void finished.then(() => started.delete(running));
  return running;
}

/** For an interrupted run: ends every process of this module that still runs. */
export async function stopEverything(): Promise<void> {
  await Promise.all([...started].map((running) => running.stop()));
}

/** Runs a program to its end. @throws Error with what it wrote when it fails */
export async function runProcess(command: readonly string[], options: ProcessOptions = {}): Promise<string> {
  const running = startProcess(command, options);
  await running.finished;
  if (running.ended() !== "code 0")
    throw new Error(`${command.join(" ")} ended with ${running.ended()}:\n${running.output()}`);
  return running.output();
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function poll<T>(
  { output, ended }: Pick<Running, "output" | "ended">,
  name: string,
  look: (output: string) => T | null | Promise<T | null>,
): Promise<T> {
  const until = performance.now() + limitMs;
  for (;;) {
    const found = await look(output());
    if (found !== null) return found;
    if (ended() !== null) throw new Error(`${name} ended with ${ended()}:\n${output()}`);
    if (performance.now() > until) throw new Error(`${name} was not ready after ${limitMs} ms:\n${output()}`);
    await pause(20);
  }
}

function endOf({ exitCode, signalCode, pid }: ChildProcess): string | null {
  if (pid === undefined) return "no such program";
  if (exitCode !== null) return `code ${exitCode}`;
  return signalCode;
}
