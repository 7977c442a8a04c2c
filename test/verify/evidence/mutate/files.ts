import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "../../check.ts";

/** A copy of a log that shares its files until one is written, and what may be changed in it. */
export class MutableLog {
  readonly dir: string;

  constructor(from: string, to: string) {
    this.dir = to;
    for (const file of filesIn(from)) {
      mkdirSync(dirname(join(to, file)), { recursive: true });
      linkSync(join(from, file), join(to, file));
    }
  }

  segments(): string[] {
    return filesIn(this.dir).filter((file) => file.startsWith("decisions-"));
  }

  tiles(): string[] {
    return filesIn(this.dir).filter((file) => file.startsWith("tlog/tile/"));
  }

  /** Without those that a later one has grown from: nobody needs them. */
  neededTiles(): string[] {
    const all = this.tiles();
    const widest = (file: string): boolean => {
      const [tile, width] = file.split(".p/");
      const others = all
        .filter((other) => other.startsWith(`${tile ?? ""}.p/`))
        .map((other) => Number(other.split(".p/")[1]));
      return width === undefined || Number(width) === Math.max(...others);
    };
    return all.filter(widest);
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

export function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}
