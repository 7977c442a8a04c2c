import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "../../check.ts";

/** A copy of a log that shares its files until one is written, and what may be changed in it. */
export class MutableLog {
  readonly dir: string;
  /** Segments that may be changed; null: all. */
  readonly #only: readonly string[] | null;

  private constructor(dir: string, only: readonly string[] | null) {
    this.dir = dir;
    this.#only = only;
  }

  static of(from: string, to: string): MutableLog {
    const made = new Set<string>();
    for (const file of filesIn(from)) {
      const folder = dirname(join(to, file));
      if (!made.has(folder)) mkdirSync(folder, { recursive: true });
      made.add(folder);
      linkSync(join(from, file), join(to, file));
    }
    return new MutableLog(to, null);
  }

  /** The same log; only these segments are changed. */
  only(segments: readonly string[]): MutableLog {
    return new MutableLog(this.dir, segments);
  }

  segments(): readonly string[] {
    return this.#only ?? segmentsIn(this.dir);
  }

  tiles(): string[] {
    return filesIn(this.dir).filter((file) => file.startsWith("tlog/tile/"));
  }

  /** Without those that a later one has grown from: nobody needs them. */
  neededTiles(): string[] {
    const widest = new Map<string, number>();
    const parts = this.tiles().map((file) => {
      const [tile = "", digits] = file.split(".p/");
      const width = Number(digits ?? 256);
      widest.set(tile, Math.max(width, widest.get(tile) ?? 0));
      return { file, tile, width };
    });
    return parts.filter(({ tile, width }) => width === widest.get(tile)).map(({ file }) => file);
  }

  read(file: string): Buffer {
    return readFileSync(join(this.dir, file));
  }

  lines(file: string): string[] {
    return this.read(file).toString("latin1").split("\n").slice(0, -1);
  }

  /** In the place of the file, so that the log it was copied from keeps its own. */
  write(file: string, content: Buffer): void {
    const path = join(this.dir, file);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }

  writeLines(file: string, lines: readonly string[]): void {
    this.write(file, Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1"));
  }

  remove(file: string): void {
    rmSync(join(this.dir, file), { recursive: true });
  }

  /** Exchanges the contents of two files. */
  swap(one: string, other: string): void {
    const [first, second] = [this.read(one), this.read(other)];
    this.write(one, second);
    this.write(other, first);
  }

  flipBit(file: string, random: Random): string {
    const bytes = Buffer.from(this.read(file));
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    this.write(file, bytes);
    return `bit of byte ${at} of ${file}`;
  }
}

export function segmentsIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((file) => file.startsWith("decisions-"))
    .sort();
}

export function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}
