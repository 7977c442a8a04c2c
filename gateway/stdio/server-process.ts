import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { CommandServer } from "../domain/route.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { LineTransport } from "./line-transport.ts";
import { ProcessGroup } from "./process-group.ts";
import { StderrLines } from "./stderr-lines.ts";

export interface ProcessOptions {
  readonly server: CommandServer;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly (readonly string[])[];
  /** Of the route, for the log. */
  readonly route: string;
  /** Largest message, in bytes. */
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly clock: Pick<Clock, "monotonic">;
}

/** What may wait until the process reads it, in bytes. */
const maxWaiting = 8 * 1024 * 1024;
/** How long a process may leave unread what it is sent, in milliseconds; it is taken for stuck then. */
const stuckMs = 30_000;
const grace = { afterInput: 2_000, afterTerm: 2_000 };
/** How long what a process wrote last may take to arrive once it has ended. */
const lastWordsMs = 250;

/** A tool server as a process: its messages by its standard streams, its standard error in the log. */
export class ServerProcess {
  readonly transport: LineTransport;
  readonly #options: ProcessOptions;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #group: ProcessGroup;
  readonly #stuck: NodeJS.Timeout;
  /** What it had taken of its input when that was seen first. */
  #taken: { readonly bytes: number; readonly at: number } | null = null;

  /** Starts it. That it could not be started is told as its end. */
  constructor(options: ProcessOptions) {
    this.#options = options;
    const { server, env, maxBytes } = options;
    // A group of its own: what it starts ends with it, and a Ctrl-C in the gateway's terminal does not reach it.
    this.#child = spawn(server.program, server.args, {
      cwd: server.cwd,
      env,
      detached: true,
      windowsHide: true,
      stdio: ["pipe", "pipe", "pipe"],
      ...(server.account === null ? {} : server.account),
    });
    this.#group = new ProcessGroup(this.#child);
    const { stdin, stdout, stderr } = this.#child;
    this.transport = new LineTransport({ from: stdout, to: stdin, maxBytes, maxWaiting });
    this.#follow(stderr);
    this.#stuck = setInterval(() => this.#look(), stuckMs / 6);
    this.#stuck.unref();
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** Resolves when it has ended, by itself or by force. */
  end(): Promise<void> {
    return this.#group.end(grace);
  }

  /** At once. */
  kill(): void {
    this.#group.signal("SIGKILL");
  }

  #follow(stderr: Readable): void {
    const { secrets, logger, route, clock, server } = this.#options;
    const about = { route, command: server.named, pid: this.pid };
    new StderrLines(stderr, {
      secrets,
      onLine: (line) => logger.info("the tool server wrote to its standard error", { ...about, line }),
      onLeftOut: (lines) => logger.warn("lines of a tool server's standard error were left out", { ...about, lines }),
      now: () => clock.monotonic(),
    });
    this.#child.once("error", (error) => this.#ended(`it could not be started: ${error.message}`));
    this.#child.once("exit", (code, signal) => {
      const why = signal === null ? `its process ended with code ${code}` : `its process was ended by ${signal}`;
      const said = (): void => this.#ended(why);
      const late = setTimeout(said, lastWordsMs);
      this.#child.once("close", () => {
        clearTimeout(late);
        said();
      });
    });
  }

  #ended(why: string): void {
    clearInterval(this.#stuck);
    this.transport.end(why);
  }

  #look(): void {
    const { bytes, taken } = this.transport.waiting;
    const at = this.#options.clock.monotonic();
    if (bytes === 0 || this.#taken?.bytes !== taken) this.#taken = { bytes: taken, at };
    else if (at - this.#taken.at >= stuckMs) this.transport.end("it does not read what it is sent");
  }
}
