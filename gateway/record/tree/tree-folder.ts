import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Checkpoint, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { HASH_BYTES } from "../../lib/tlog/merkle.ts";
import { TILE_WIDTH, tilePath, type TilePlace } from "../../lib/tlog/tiles.ts";

/** Beside the segments: what is known of the tree over their lines, in the layout of C2SP tlog-tiles. */
export const treeFolder = (dir: string): string => join(dir, "tlog");

/**
 * Files of one tree, read and written synchronously: the tree has a thread of its own. `checkpoint` is the newest one,
 * `checkpoints` has all of them, `keys` who signs them, and `tile/` the hashes.
 */
export class TreeFolder {
  readonly path: string;
  /** Folders with names that may not be on disk yet. */
  readonly #unsynced = new Set<string>();
  /** Folders of partial tiles that have become full. */
  readonly #outgrown: string[] = [];

  constructor(dir: string) {
    this.path = treeFolder(dir);
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** The text of a file; null when there is none. */
  read(name: string): string | null {
    return textOf(join(this.path, name));
  }

  /** A partial tile may have become a full one since. @throws when there is no such tile */
  tile = (place: TilePlace): Buffer => {
    const partial = bytesOf(join(this.path, tilePath(place)));
    if (partial !== null) return partial;
    return readFileSync(join(this.path, tilePath({ ...place, width: TILE_WIDTH }))).subarray(
      0,
      place.width * HASH_BYTES,
    );
  };

  writeTile(place: TilePlace, bytes: Buffer): void {
    this.#begin();
    const file = join(this.path, tilePath(place));
    this.#write(file, bytes);
    if (place.width === TILE_WIDTH) this.#outgrown.push(`${file}.p`);
  }

  /**
   * When the history has it, all tiles written before are on disk with their names: whatever a power loss leaves, its newest checkpoint
   * has its tiles. The history first: the newest checkpoint is never one that it lacks. Partial tiles that have become full go last.
   */
  writeCheckpoint(note: string): void {
    this.#syncFolders();
    this.#append("checkpoints", note);
    this.#write(join(this.path, "checkpoint"), Buffer.from(note));
    for (const folder of this.#outgrown.splice(0)) rmSync(folder, { recursive: true, force: true });
  }

  /** @throws when no file can be written */
  tryToWrite(): void {
    this.#begin();
    const file = join(this.path, "probe");
    this.#write(file, Buffer.alloc(TILE_WIDTH * HASH_BYTES));
    rmSync(file);
  }

  appendKey(note: string): void {
    this.#append("keys", note);
  }

  /**
   * The newest checkpoint of the history, null when there is none. What a crash left of one more is cut off.
   * @throws Error when the history does not end in a checkpoint
   */
  lastCheckpoint(): Checkpoint | null {
    const file = join(this.path, "checkpoints");
    const tail = tailOf(file);
    const end = tail.lastIndexOf("\n\n");
    const cut = tail.length - (end === -1 ? 0 : end + 2);
    if (cut > 0) truncateSync(file, statSync(file).size - cut);
    const [text, signatures] = tail.subarray(0, Math.max(0, end)).toString().split("\n\n").slice(-2);
    if (text === undefined || text === "") return null;
    const last = parseCheckpoint(`${text}\n\n${signatures ?? ""}\n`);
    if (last === null) throw new Error("checkpoints does not end in a checkpoint");
    return last;
  }

  /** What is there is evidence: it is kept under another name. @returns the name */
  setAside(): string {
    const taken = readdirSync(dirname(this.path)).filter((name) => name.startsWith("tlog-damaged-")).length;
    const name = `tlog-damaged-${taken + 1}`;
    renameSync(this.path, join(dirname(this.path), name));
    return name;
  }

  /** The folder of the log itself is not made here: one that is gone must not look as if it were there. */
  #begin(): void {
    if (existsSync(this.path)) return;
    mkdirSync(this.path, { mode: 0o700 });
    this.#unsynced.add(dirname(this.path));
  }

  #append(name: string, note: string): void {
    this.#begin();
    const file = join(this.path, name);
    const isNew = !existsSync(file);
    appendFileSync(file, `${note}\n`, { mode: 0o600, flush: true });
    if (!isNew) return;
    this.#unsynced.add(this.path);
    this.#syncFolders();
  }

  /** What is in the file is on disk when this returns; its name is with `#syncFolders`. */
  #write(file: string, bytes: Buffer): void {
    const folder = dirname(file);
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeAside(file, bytes);
    const top = made === undefined ? folder : dirname(made);
    for (let at = folder; at.length >= top.length; at = dirname(at)) this.#unsynced.add(at);
  }

  #syncFolders(): void {
    for (const folder of this.#unsynced) syncFolder(folder);
    this.#unsynced.clear();
  }
}

/** Longer than any checkpoint with its signatures. */
const TAIL_BYTES = 65_536;

function tailOf(file: string): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0);
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    return bytes;
  } finally {
    closeSync(handle);
  }
}

const textOf = (file: string): string | null => bytesOf(file)?.toString() ?? null;

function bytesOf(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw failure;
  }
}

/** Writes a file whole or not at all. */
export function writeAside(file: string, bytes: Buffer): void {
  const aside = `${file}.new`;
  const handle = openSync(aside, "w", 0o600);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(aside, file);
}

/** A folder that was removed meanwhile has no names to keep: what is gone is noticed when it is read. */
export function syncFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
