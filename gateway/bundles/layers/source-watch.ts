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
  /** Each change, and each poll that looks. */
  readonly changes: () => void;
  /** Half of the quiet time has passed since the last change. */
  readonly calms: () => void;
}

/**
 * What nothing has announced is read on the first poll after a hundred times as long as reading took (5,000 files take half a second), and
 * after a minute at most.
 */
const sparing = 100;
const rarestMs = 60_000;

/** How long closing waits for a scan: a file system of another machine may not answer. */
const closeLimitMs = 5_000;

/**
 * Calls `look` after each burst of edits below any of the paths, and on a poll. A file watcher is bound to inodes: it keeps watching the
 * old folder when a link is swapped or another folder is renamed over it, while the poll uses the path. So it is replaced when a path leads to
 * another folder, even one with the same content, and when only the poll finds a change. Where reading takes long, a poll only looks whether
 * the paths lead where they led before, and reads now and then: file systems of other machines announce nothing.
 */
export class SourceWatch {
  readonly #paths: readonly string[];
  readonly #options: WatchOptions;
  #watcher: FSWatcher | null = null;
  #burst: NodeJS.Timeout | null = null;
  #calm: NodeJS.Timeout | null = null;
  #poll: NodeJS.Timeout | null = null;
  #closed = false;
  /** The start of the watcher, or its last replacement; never rejects. */
  #watching: Promise<void> = Promise.resolve();
  /** Where the paths led when the watcher was made. */
  #watched = "";
  /** The places when all was read last, and when that is due again without a change of them. */
  #read = { places: "", againAt: -Infinity };

  constructor(paths: readonly string[], options: WatchOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  /** Resolves when the watcher has seen everything below the paths. */
  async start(): Promise<void> {
    this.#watched = (await placesOf(this.#paths)).roots;
    await this.#watchAgain();
    this.#pollLater();
  }

  /** Waits until the watcher has scanned: chokidar reads on for a moment where it is closed before. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopBurst();
    if (this.#poll !== null) clearTimeout(this.#poll);
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, closeLimitMs);
    await Promise.race([this.#watching, limit.promise]);
    clearTimeout(timer);
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
      if (this.#closed) return;
      const { begins, changes, calms, debounceMs } = this.#options;
      if (this.#burst === null) begins();
      changes();
      this.#stopBurst();
      this.#calm = setTimeout(calms, debounceMs / 2);
      this.#burst = setTimeout(() => this.#lookAfterBurst(), debounceMs);
    });
    watcher.on("error", this.#options.failed);
    await before?.close();
    await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  }

  #stopBurst(): void {
    if (this.#burst !== null) clearTimeout(this.#burst);
    if (this.#calm !== null) clearTimeout(this.#calm);
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
      const { roots, places } = await placesOf(this.#paths);
      const isMoved = roots !== this.#watched;
      this.#watched = roots;
      if (isMoved) void this.#watchAgain();
      const isDue = this.#options.isDue() || performance.now() >= this.#read.againAt;
      if (isDue || places !== this.#read.places) await this.#readAll(places, isMoved);
    } catch (error) {
      this.#options.failed(error);
    }
    this.#pollLater();
  }

  #watchAgain(): Promise<void> {
    if (!this.#closed) this.#watching = this.#watch().catch(this.#options.failed);
    return this.#watching;
  }

  async #readAll(places: string, isWatchedAnew: boolean): Promise<void> {
    const began = performance.now();
    this.#options.changes();
    const unannounced = await this.#options.look();
    if (unannounced && !isWatchedAnew) void this.#watchAgain();
    const now = performance.now();
    this.#read = { places, againAt: unannounced ? now : now + Math.min((now - began) * sparing, rarestMs) };
  }
}

interface Places {
  /**
   * Which folders and files the paths lead to. An edit in a folder changes its times, and the watcher stays right. A folder that is removed and
   * made anew often has the same inode, and then only its time of birth tells. Where a file system has none, Node gives 0, and such a folder is
   * watched again when its content differs; or the ctime, and the watcher is replaced after each edit that changes the folder itself.
   */
  readonly roots: string;
  /** The same with the times of their last changes. */
  readonly places: string;
}

/** What the paths lead to, as far as the file system tells it. */
async function placesOf(paths: readonly string[]): Promise<Places> {
  const place = async (path: string): Promise<{ root: string; times: string }> => {
    const [real, { dev, ino, birthtimeMs, mtimeMs, ctimeMs }] = await Promise.all([realpath(path), stat(path)]);
    return { root: [real, dev, ino, birthtimeMs].join(" "), times: [mtimeMs, ctimeMs].join(" ") };
  };
  const found = (await Promise.allSettled(paths.map(place))).map((each) =>
    each.status === "fulfilled" ? each.value : { root: "cannot be read", times: "" },
  );
  return {
    roots: found.map(({ root }) => root).join("\n"),
    places: found.map(({ root, times }) => `${root} ${times}`).join("\n"),
  };
}

/** Dotted names below a root: swap files of editors, settings of tools. The root itself may lie below one. */
function isHidden(candidate: string, roots: readonly string[]): boolean {
  return roots
    .filter((root) => candidate.startsWith(root))
    .every((root) => hiddenName.test(candidate.slice(root.length)));
}

const hiddenName = /(^|[\\/])\.[^\\/]/;
