import { realpath, stat } from "node:fs/promises";
import { type FSWatcher, watch } from "chokidar";

export interface WatchOptions {
  /** Quiet time after the last of a burst of changes, in milliseconds. */
  readonly debounceMs: number;
  /** Interval of `look` without any event, in milliseconds. */
  readonly pollMs: number;
  /** Reads the source; resolves to true when its content has changed since the last time. */
  readonly look: () => Promise<boolean>;
  /** Whether the next poll has to look, whatever that costs: what failed may be mended, or be due to be tried again. */
  readonly isDue: () => boolean;
  readonly failed: (error: unknown) => void;
  /** The first change of a burst: `look` comes soon. */
  readonly begins: () => void;
}

/** To read what nothing has announced takes a hundredth of the time (5,000 files take half a second), or comes once a minute. */
const sparing = 100;
const rarestMs = 60_000;

/**
 * Calls `look` after each burst of edits below any of the paths, and on a poll. A file watcher is bound to inodes: it keeps watching the
 * old folder when a link is swapped or another folder is renamed over it, while the poll uses the path. A change that only
 * the poll finds means that the watcher watches a stale folder, so it is replaced. Where reading takes long, a poll only looks whether
 * the paths lead where they led before, and reads now and then: file systems of other machines announce nothing.
 */
export class SourceWatch {
  readonly #paths: readonly string[];
  readonly #options: WatchOptions;
  #watcher: FSWatcher | null = null;
  #burst: NodeJS.Timeout | null = null;
  #poll: NodeJS.Timeout | null = null;
  #closed = false;
  /** Where the paths led when all was read last, and when that is due again without a change of it. */
  #read = { places: "", againAt: -Infinity };

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
      const places = await placesOf(this.#paths);
      const isDue = this.#options.isDue() || performance.now() >= this.#read.againAt;
      if (isDue || places !== this.#read.places) await this.#readAll(places);
    } catch (error) {
      this.#options.failed(error);
    }
    this.#pollLater();
  }

  async #readAll(places: string): Promise<void> {
    const began = performance.now();
    const unannounced = await this.#options.look();
    if (unannounced && !this.#closed) this.#watch().catch(this.#options.failed);
    const now = performance.now();
    this.#read = { places, againAt: unannounced ? now : now + Math.min((now - began) * sparing, rarestMs) };
  }
}

/** What the paths lead to, as far as the file system tells it. */
async function placesOf(paths: readonly string[]): Promise<string> {
  const place = async (path: string): Promise<string> => {
    const [real, { dev, ino, mtimeMs, ctimeMs }] = await Promise.all([realpath(path), stat(path)]);
    return [real, dev, ino, mtimeMs, ctimeMs].join(" ");
  };
  const places = await Promise.allSettled(paths.map(place));
  return places.map((found) => (found.status === "fulfilled" ? found.value : "cannot be read")).join("\n");
}

/** Dotted names below a root: swap files of editors, settings of tools. The root itself may lie below one. */
function isHidden(candidate: string, roots: readonly string[]): boolean {
  return roots
    .filter((root) => candidate.startsWith(root))
    .every((root) => hiddenName.test(candidate.slice(root.length)));
}

const hiddenName = /(^|[\\/])\.[^\\/]/;
