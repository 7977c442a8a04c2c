import { statfs } from "node:fs/promises";
import type { Finding } from "../../domain/ports.ts";

interface SpaceOptions {
  /** Folder of the log. */
  readonly dir: string;
  /** Below so many free bytes no further call is recorded, so none goes on. */
  readonly lowBytes: number;
}

const MIB = 1024 * 1024;

/** The room on the disk of the log. What is left is for outcomes of calls under way, and for those who end access. */
export class LogSpace {
  readonly #options: SpaceOptions;
  #free = Infinity;

  constructor(options: SpaceOptions) {
    this.#options = options;
  }

  /** Why no further call may be recorded; null when there is room. */
  get full(): string | null {
    return this.#free < this.#options.lowBytes ? this.#told : null;
  }

  /** There is not much room left, and nothing that can wait may take any of it. */
  get isLow(): boolean {
    return this.#free < 2 * this.#options.lowBytes;
  }

  /** To be called every second. A folder that is not there says nothing: the writer tells. */
  async look(): Promise<void> {
    const found = await statfs(this.#options.dir).catch(() => null);
    this.#free = found === null ? Infinity : found.bavail * found.bsize;
  }

  findings(): Finding[] {
    const { lowBytes } = this.#options;
    if (!this.isLow) return [];
    const severity = this.full === null ? "degraded" : "unready";
    const fix = `make room on the disk of the log, or see record.retention; below ${Math.ceil(lowBytes / MIB)} MiB no call goes on`;
    return [{ name: "decision-log-space", problem: this.#told, fix, severity }];
  }

  get #told(): string {
    return `the disk of the decision log has ${Math.floor(this.#free / MIB)} MiB left`;
  }
}
