import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { type JSONRPCMessage, ReadBuffer, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import { type Grace, ProcessGroup } from "../../stdio/process-group.ts";

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Characters that are kept of its standard error, the last. */
  readonly mostOfErrors: number;
}

const usualGrace = { afterInput: 2_000, afterTerm: 2_000 };
/** For a process that has no reason to do more. */
const shortGrace = { afterInput: 0, afterTerm: 1_000 };
/** How long its streams may stay open once it has ended: a process that has left the group can hold them for ever. */
const lastWordsMs = 250;

/**
 * A command and what it starts, as one group of processes that ends as a whole, and its messages. The SDK's own transport signals the command
 * alone, and waits for streams that what it started can hold open.
 */
export class CommandTransport implements Transport {
  onclose: Transport["onclose"];
  onerror: Transport["onerror"];
  onmessage: Transport["onmessage"];
  /** The end of what it wrote to its standard error. */
  errors = "";
  readonly #command: Command;
  readonly #read = new ReadBuffer();
  #process: { readonly stdin: Writable; readonly group: ProcessGroup; readonly closed: Promise<void> } | null = null;
  #closing: Promise<void> | null = null;

  constructor(command: Command) {
    this.#command = command;
  }

  async start(): Promise<void> {
    if (this.#closing !== null) throw new Error("it was closed before it was started");
    const { program, args, env } = this.#command;
    const child = spawn(program, args, {
      env: { ...getDefaultEnvironment(), ...env },
      detached: true,
      windowsHide: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const group = new ProcessGroup(child);
    this.#process = { stdin: child.stdin, group, closed: this.#closed(child, group) };
    child.stdin.on("error", (error) => this.onerror?.(error));
    child.stdout.on("data", (chunk: Buffer) => this.#take(chunk));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-this.#command.mostOfErrors);
    });
    await once(child, "spawn");
  }

  /** What cannot be written is told by the end of the process. */
  send(message: JSONRPCMessage): Promise<void> {
    const { stdin } = this.#process ?? {};
    if (stdin === undefined) return Promise.reject(new Error("it was not started"));
    return new Promise((resolve) => stdin.write(serializeMessage(message), () => resolve()));
  }

  /** Resolves when the group has ended. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close(usualGrace));
  }

  /** The same at once, also for what `close` still waits for. */
  end(): Promise<void> {
    this.#process?.group.signal("SIGTERM");
    return (this.#closing ??= this.#close(shortGrace));
  }

  async #close(grace: Grace): Promise<void> {
    if (this.#process === null) return;
    await this.#process.group.end(grace);
    await this.#process.closed;
  }

  async #closed(child: ChildProcessByStdio<Writable, Readable, Readable>, group: ProcessGroup): Promise<void> {
    // A second Ctrl-C ends this process at once, and reaches no other group than its own.
    const kill = (): void => group.signal("SIGKILL");
    process.once("exit", kill);
    const closed = Promise.withResolvers<void>();
    child.once("close", closed.resolve);
    child.once("exit", () => {
      const late = setTimeout(closed.resolve, lastWordsMs);
      child.once("close", () => clearTimeout(late));
    });
    await closed.promise;
    process.removeListener("exit", kill);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    this.onclose?.();
  }

  #take(chunk: Buffer): void {
    try {
      this.#read.append(chunk);
    } catch (error) {
      // The message is too large.
      this.onerror?.(error as Error);
      void this.close();
      return;
    }
    while (this.#takeMessage());
  }

  /** Whether more may be there. */
  #takeMessage(): boolean {
    try {
      const message = this.#read.readMessage();
      if (message === null) return false;
      this.onmessage?.(message);
    } catch (error) {
      // What is no message is passed over.
      this.onerror?.(error as Error);
    }
    return true;
  }
}
