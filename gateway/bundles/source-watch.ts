import { type FSWatcher, watch } from "chokidar";

export interface WatchOptions {
  /** How long a burst of changes must be over, in milliseconds. */
  readonly debounceMs: number;
  /** How often `look` is called without any event, in milliseconds. */
  readonly pollMs: number;
  /** Reads the source; resolves true when its content is another than the last time. */
  readonly look: () => Promise<boolean>;
  readonly failed: (error: unknown) => void;
}

/**
 * Looks at `path` after each burst of edits below it, and on a poll. A watcher is bound to inodes: it stays with the old
 * folder when a link on the way is swapped or another folder is renamed over it. The poll goes by the path. What it
 * finds and no event announced means that the watcher watches something else, so it is made anew.
 */
export class SourceWatch {
  readonly #path: string;
  readonly #options: WatchOptions;
  #watcher: FSWatcher | null = null;
  #burst: NodeJS.Timeout | null = null;
  #poll: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(path: string, options: WatchOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Resolves when the watcher sees all that is below the path. */
  async start(): Promise<void> {
    await this.#watch();
    this.#pollLater();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#burst !== null) clearTimeout(this.#burst);
    if (this.#poll !== null) clearTimeout(this.#poll);
    await this.#watcher?.close();
  }

  async #watch(): Promise<void> {
    const before = this.#watcher;
    const watcher = watch(this.#path, { ignoreInitial: true, ignored: (candidate) => isHidden(candidate, this.#path) });
    this.#watcher = watcher;
    watcher.on("all", () => {
      if (this.#burst !== null) clearTimeout(this.#burst);
      this.#burst = setTimeout(() => void this.#options.look().catch(this.#options.failed), this.#options.debounceMs);
    });
    watcher.on("error", this.#options.failed);
    await before?.close();
    await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  }

  #pollLater(): void {
    if (this.#closed) return;
    this.#poll = setTimeout(() => void this.#lookUnasked(), this.#options.pollMs);
    this.#poll.unref();
  }

  /** Whatever fails, and however long the new watcher takes to see all: the poll is what edits are found by then. */
  async #lookUnasked(): Promise<void> {
    try {
      const unannounced = await this.#options.look();
      if (unannounced && !this.#closed) this.#watch().catch(this.#options.failed);
    } catch (error) {
      this.#options.failed(error);
    }
    this.#pollLater();
  }
}

/** Editors keep swap files and tools keep settings under dotted names; the folder itself may lie below one. */
function isHidden(candidate: string, root: string): boolean {
  return /(^|[\\/])\.[^\\/]/.test(candidate.slice(root.length));
}
