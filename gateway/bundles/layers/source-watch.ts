import { type FSWatcher, watch } from "chokidar";

export interface WatchOptions {
  /** Quiet time after the last of a burst of changes, in milliseconds. */
  readonly debounceMs: number;
  /** Interval of `look` without any event, in milliseconds. */
  readonly pollMs: number;
  /** Reads the source; resolves to true when its content has changed since the last time. */
  readonly look: () => Promise<boolean>;
  readonly failed: (error: unknown) => void;
  /** The first change of a burst: `look` comes soon. */
  readonly begins: () => void;
}

/**
 * Calls `look` after each burst of edits below any of the paths, and on a poll. A file watcher is bound to inodes: it keeps watching the
 * old folder when a link is swapped or another folder is renamed over it, while the poll uses the path. A change that only
 * the poll finds means that the watcher watches a stale folder, so it is replaced.
 */
export class SourceWatch {
  readonly #paths: readonly string[];
  readonly #options: WatchOptions;
  #watcher: FSWatcher | null = null;
  #burst: NodeJS.Timeout | null = null;
  #poll: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(paths: readonly string[], options: WatchOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  /** Resolves when the watcher has seen everything below the paths. */
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
    // A watcher without a path is never ready.
    if (this.#paths.length === 0) return;
    const before = this.#watcher;
    const watcher = watch([...this.#paths], {
      ignoreInitial: true,
      ignored: (candidate) => isHidden(candidate, this.#paths),
    });
    this.#watcher = watcher;
    watcher.on("all", () => {
      if (this.#burst === null) this.#options.begins();
      else clearTimeout(this.#burst);
      this.#burst = setTimeout(() => this.#lookAfterBurst(), this.#options.debounceMs);
    });
    watcher.on("error", this.#options.failed);
    await before?.close();
    await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  }

  #lookAfterBurst(): void {
    this.#burst = null;
    void this.#options.look().catch(this.#options.failed);
  }

  #pollLater(): void {
    if (this.#closed) return;
    this.#poll = setTimeout(() => void this.#lookOnPoll(), this.#options.pollMs);
    this.#poll.unref();
  }

  /** Schedules the next poll even when this one fails or the new watcher is not ready yet. */
  async #lookOnPoll(): Promise<void> {
    try {
      const unannounced = await this.#options.look();
      if (unannounced && !this.#closed) this.#watch().catch(this.#options.failed);
    } catch (error) {
      this.#options.failed(error);
    }
    this.#pollLater();
  }
}

/** Dotted names below a root: swap files of editors, settings of tools. The root itself may lie below one. */
function isHidden(candidate: string, roots: readonly string[]): boolean {
  return roots
    .filter((root) => candidate.startsWith(root))
    .every((root) => hiddenName.test(candidate.slice(root.length)));
}

const hiddenName = /(^|[\\/])\.[^\\/]/;
