import { createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { Frontier, HASH_BYTES } from "../../lib/tlog/merkle.ts";
import { type NoteKey, signersOf } from "../../lib/tlog/note.ts";
import { hashesOf, TILE_WIDTH, tilePath } from "../../lib/tlog/tiles.ts";
import { TreeFolder } from "../tree/tree-folder.ts";
import type { AuditProblems } from "./audit-report.ts";

export interface TreeCheckOptions {
  /** Folder of the log. */
  readonly dir: string;
  readonly origin: string;
  /** Leaves up to which everything is checked: those of the newest checkpoint. */
  readonly size: number;
  /** In the order in which they follow one another. */
  readonly keys: readonly NoteKey[];
  /** Kept elsewhere, with signatures that hold. */
  readonly kept: readonly Checkpoint[];
  readonly problems: AuditProblems;
  progress(leaves: number): void;
}

/** Tiles against one another, and every checkpoint against the tiles. */
export class TreeCheck {
  readonly #options: TreeCheckOptions;
  readonly #folder: TreeFolder;
  readonly #frontier = new Frontier();
  /** Hashes of the levels above the leaves, as those below make them; of the tile that is not full yet. */
  readonly #above: { index: number; hashes: Buffer[] }[] = [];
  #tile: Buffer = Buffer.alloc(0);
  #stopped = false;
  checkpoints = 0;

  constructor(options: TreeCheckOptions) {
    this.#options = options;
    this.#folder = new TreeFolder(options.dir);
  }

  async run(): Promise<void> {
    const { size, kept, problems } = this.#options;
    const outside = kept.toSorted((one, other) => one.size - other.size);
    const last = await this.#history(outside).catch((failure: Error) => {
      problems.add("checkpoint", "tlog/checkpoints", `cannot be read to its end: ${failure.message}`);
      return null;
    });
    if (last?.size !== size)
      problems.add("checkpoint", "tlog/checkpoints", `the newest checkpoint, of ${size} lines, is not in the history`);
    this.#advance(size);
    for (const checkpoint of outside)
      if (checkpoint.size <= size) this.#compare(checkpoint, "a kept checkpoint");
      else
        problems.add(
          "shorter",
          "tlog/checkpoint",
          `the log has ${size} lines, and had ${checkpoint.size} in a checkpoint that was kept elsewhere`,
        );
    if (!this.#stopped) this.#checkRest();
  }

  /** Compares each of the history, and those of `outside`, which are removed from it, that are not newer. Returns the newest. */
  async #history(outside: Checkpoint[]): Promise<Checkpoint | null> {
    let last: Checkpoint | null = null;
    for await (const note of notesIn(join(this.#folder.path, historyFile))) {
      const checkpoint = this.#read(note, last);
      if (checkpoint === null || checkpoint.size > this.#options.size) continue;
      while ((outside[0]?.size ?? Infinity) <= checkpoint.size)
        this.#compare(outside.shift() as Checkpoint, "a kept checkpoint");
      this.#compare(checkpoint, "tlog/checkpoints");
      this.checkpoints += 1;
      last = checkpoint;
    }
    return last;
  }

  #read(note: string, last: Checkpoint | null): Checkpoint | null {
    const { origin, keys, problems } = this.#options;
    const bad = (detail: string): null => {
      problems.add("checkpoint", "tlog/checkpoints", `after ${last?.size ?? 0} lines: ${detail}`);
      return null;
    };
    const checkpoint = parseCheckpoint(note);
    if (checkpoint === null) return bad("there is what is no checkpoint");
    if (checkpoint.origin !== origin) return bad(`one is of the log ${checkpoint.origin}`);
    if ((signersOf(checkpoint.note, keys) ?? []).length === 0)
      return bad(`the signature of the one of ${checkpoint.size} lines does not hold, or is of no trusted key`);
    if (checkpoint.size < (last?.size ?? 0)) return bad(`a smaller one follows, of ${checkpoint.size} lines`);
    return checkpoint;
  }

  #compare({ size, root }: Checkpoint, place: string): void {
    this.#advance(size);
    if (!this.#stopped && !this.#frontier.root().equals(root))
      this.#options.problems.add("checkpoint", place, `the tiles do not lead to the root of the one of ${size} lines`);
  }

  #advance(size: number): void {
    while (this.#frontier.size < size && !this.#stopped) {
      const at = this.#frontier.size % TILE_WIDTH;
      if (at === 0 && !this.#load(this.#frontier.size / TILE_WIDTH)) return;
      this.#frontier.append(this.#tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES), this.#add);
    }
    this.#options.progress(size);
  }

  #load(index: number): boolean {
    const width = Math.min(TILE_WIDTH, this.#options.size - index * TILE_WIDTH);
    const tile = this.#tileOf(0, index, width);
    this.#stopped = tile === null;
    this.#tile = tile ?? this.#tile;
    return tile !== null;
  }

  readonly #add = (level: number, hash: Buffer): void => {
    if (level === 0) return;
    const above = (this.#above[level] ??= { index: 0, hashes: [] });
    above.hashes.push(hash);
    if (above.hashes.length < TILE_WIDTH) return;
    this.#compareTile(level, above.index, above.hashes);
    this.#above[level] = { index: above.index + 1, hashes: [] };
  };

  /** Tiles that are not full, and what is left of those that were not full once. */
  #checkRest(): void {
    for (const [level, above] of this.#above.entries())
      if (above !== undefined && above.hashes.length > 0) this.#compareTile(level, above.index, above.hashes);
    const { size } = this.#options;
    for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH))
      this.#checkPartials(level, Math.floor(count / TILE_WIDTH), count % TILE_WIDTH);
  }

  #checkPartials(level: number, index: number, width: number): void {
    const folder = join(this.#folder.path, `${tilePath({ level, index, width: TILE_WIDTH })}.p`);
    const whole = width === 0 ? [] : hashesOf(this.#tileOf(level, index, width) ?? Buffer.alloc(0));
    const bad = (count: number, detail: string): void =>
      this.#options.problems.add("tile", this.#placeOf(level, index, count), detail);
    const unread = (count: number) => (failure: Error) => bad(count, `cannot be read: ${failure.message}`);
    for (const name of namesIn(folder, unread(TILE_WIDTH))) {
      const count = Number(name);
      if (!/^[1-9]\d*$/.test(name) || count >= width) continue;
      const bytes = fileAt(join(folder, name), unread(count));
      if (bytes !== null && !bytes.equals(Buffer.concat(whole.slice(0, count))))
        bad(count, "is not the begin of the tile that it grew to");
    }
  }

  #compareTile(level: number, index: number, hashes: readonly Buffer[]): void {
    const tile = this.#tileOf(level, index, hashes.length);
    if (tile !== null && !tile.equals(Buffer.concat(hashes)))
      this.#options.problems.add(
        "tile",
        this.#placeOf(level, index, hashes.length),
        "is not what the tiles below it make",
      );
  }

  #tileOf(level: number, index: number, width: number): Buffer | null {
    const { problems } = this.#options;
    try {
      const tile = this.#folder.tile({ level, index, width });
      if (tile.length === width * HASH_BYTES) return tile;
      problems.add(
        "tile",
        this.#placeOf(level, index, width),
        `has ${tile.length} bytes instead of ${width * HASH_BYTES}`,
      );
    } catch (failure) {
      problems.add("tile", this.#placeOf(level, index, width), `cannot be read: ${(failure as Error).message}`);
    }
    return null;
  }

  #placeOf(level: number, index: number, width: number): string {
    return `tlog/${tilePath({ level, index, width })}`;
  }
}

type Unread = (failure: Error) => void;

/** Partial tiles go when they have become full, also while they are looked at. */
function unlessGone<T, U>(read: () => T, none: U, unread: Unread): T | U {
  try {
    return read();
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "ENOENT") unread(failure as Error);
    return none;
  }
}

const namesIn = (folder: string, unread: Unread): string[] => unlessGone(() => readdirSync(folder), [], unread);
const fileAt = (file: string, unread: Unread): Buffer | null => unlessGone(() => readFileSync(file), null, unread);

const historyFile = "checkpoints";

/** The newest of the history, whoever signs it; null when it has none that can be read. */
export async function newestInHistory(folder: TreeFolder): Promise<Checkpoint | null> {
  let newest: Checkpoint | null = null;
  try {
    for await (const note of notesIn(join(folder.path, historyFile))) newest = parseCheckpoint(note) ?? newest;
  } catch {
    // The check of the history tells it.
  }
  return newest;
}

/** The notes of a file in which an empty line follows on each. What is behind the last one is no note, and is told as one. */
async function* notesIn(file: string): AsyncGenerator<string> {
  if (!existsSync(file)) return;
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8" }) as AsyncIterable<string>) {
    const parts = (rest + chunk).split("\n\n");
    const whole = parts.length - 1 - ((parts.length - 1) % 2);
    for (let at = 0; at < whole; at += 2) yield `${parts[at] ?? ""}\n\n${parts[at + 1] ?? ""}\n`;
    rest = parts.slice(whole).join("\n\n");
  }
  if (rest !== "") yield rest;
}
