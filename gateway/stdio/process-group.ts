import type { ChildProcess } from "node:child_process";

/** How long a process may go on, in milliseconds. */
export interface Grace {
  /** Once its standard input was closed. */
  readonly afterInput: number;
  /** Once it got SIGTERM. */
  readonly afterTerm: number;
}

/** A process that leads a group of its own (`detached`), and what it starts: the whole group ends. */
export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #exited = Promise.withResolvers<void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    child.once("error", () => this.#exited.resolve());
    child.once("exit", () => {
      // What it has started and left behind.
      this.signal("SIGKILL");
      this.#exited.resolve();
    });
  }

  /** Resolves when its leader has ended, by itself or by force. */
  async end({ afterInput, afterTerm }: Grace): Promise<void> {
    this.#child.stdin?.end();
    if (await this.#exitsWithin(afterInput)) return;
    this.signal("SIGTERM");
    if (await this.#exitsWithin(afterTerm)) return;
    this.signal("SIGKILL");
    await this.#exited.promise;
  }

  signal(signal: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
    } catch {
      // The group has ended already.
    }
  }

  async #exitsWithin(ms: number): Promise<boolean> {
    const late = Promise.withResolvers<false>();
    const timer = setTimeout(() => late.resolve(false), ms);
    const exited = await Promise.race([this.#exited.promise.then(() => true), late.promise]);
    clearTimeout(timer);
    return exited;
  }
}
