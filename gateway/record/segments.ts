import { constants, fdatasync, type Stats, stat, write } from "node:fs";
import { type FileHandle, open, mkdir, stat as statAsync, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "../domain/ports.ts";
import { segmentBytes, segmentFiles, type SegmentFile } from "./segment-files.ts";
import { recordIn } from "./segment-header.ts";
import { blocksOf } from "./tree/blocks.ts";

/** The name after the newest segment in the folder and after `last`: a segment's name is never used twice while the process runs. */
export async function nextSegmentName(dir: string, last = ""): Promise<string> {
  const numbers = (await segmentFiles(dir)).map(({ number }) => number);
  const newest = Math.max(Number(/\d+/.exec(last)?.[0] ?? 0), ...numbers);
  return `decisions-${String(newest + 1).padStart(6, "0")}.jsonl`;
}

/** Where a log ends. */
export interface LogEnd {
  /** The newest segment, if it can be appended to; null for a folder without any, and when its file was renamed. */
  readonly segment: string | null;
  /** The newest segment whose file was renamed or compressed; null when it was not. */
  readonly moved: string | null;
  /** The last sequence number, 0 when there is none. */
  readonly seq: number;
  /** What is wrong with the newest segment's end, so that it must not be appended to; null when nothing is. */
  readonly problem: string | null;
}

/** Reads where the log ends; the folder is made when missing, and a torn last line moved out of the newest segment. */
export async function logEnd(dir: string, logger: Logger): Promise<LogEnd> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const segments = (await segmentFiles(dir)).reverse();
  const [newest] = segments;
  const moved = newest === undefined || newest.file === newest.name ? null : newest.name;
  const name = moved === null ? (newest?.name ?? null) : null;
  let problem: string | null = null;
  for (const segment of segments) {
    const found = await (segment.compressed === null
      ? recoverTail(join(dir, segment.file), segment.file === segment.name ? logger : null)
      : lastOf(dir, segment));
    if (segment === newest && found.foreign)
      problem = `${segment.file} ends in a line that is no record of the gateway`;
    // A segment just begun may still be empty.
    if (found.seq > 0) return { segment: name, moved, seq: found.seq, problem };
  }
  return { segment: name, moved, seq: 0, problem };
}

/** Of a compressed segment, which is read whole. */
async function lastOf(dir: string, segment: SegmentFile): Promise<Tail> {
  let last = empty;
  for await (const block of blocksOf(segmentBytes(dir, segment))) last = lastRecord(block, block.length);
  return last;
}

interface Tail {
  /** 0 when no line is a record. */
  readonly seq: number;
  /** The last line is whole and is no record. */
  readonly foreign: boolean;
}

const empty: Tail = { seq: 0, foreign: false };

/**
 * Makes a segment end in a whole line and finds its last sequence number. A torn last line comes from a crash before its
 * write was over: nobody was told that it was written. It is kept beside the log, not in it. Without a logger nothing is moved: the file
 * has another name, and is somebody else's to change.
 */
async function recoverTail(file: string, logger: Logger | null): Promise<Tail> {
  const bytes = await readTail(file);
  if (bytes === null || bytes.data.length === 0) return empty;
  const { data, offset } = bytes;
  const end = data.lastIndexOf(0x0a) + 1;
  if (end < data.length && logger !== null) {
    await writeFile(`${file}.torn`, data.subarray(end), { flag: "a", mode: 0o600 });
    await truncate(file, offset + end);
    logger.warn("a torn last line was moved out of the decision log", { bytes: data.length - end });
  }
  return lastRecord(data, end);
}

function lastRecord(data: Buffer, end: number): Tail {
  for (let upTo = end; upTo > 0;) {
    // From -1 it would search from the end again.
    const start = upTo === 1 ? 0 : data.lastIndexOf(0x0a, upTo - 2) + 1;
    const seq = recordIn(data.toString("utf8", start, upTo - 1))?.seq ?? null;
    if (seq !== null) return { seq, foreign: upTo < end };
    upTo = start;
  }
  return { seq: 0, foreign: end > 0 };
}

/** Longest line a record can have: the input cap, twice for escapes, and its frame. */
const tailBytes = 4 * 1024 * 1024;

async function readTail(file: string): Promise<{ data: Buffer; offset: number } | null> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    const offset = Math.max(0, size - tailBytes);
    const data = Buffer.alloc(size - offset);
    await handle.read(data, 0, data.length, offset);
    return { data, offset };
  } finally {
    await handle.close();
  }
}

/** open(2): each write returns when its data is on disk, as after an fdatasync; not every system has such a flag. */
const DSYNC: number | undefined = constants.O_DSYNC;

const APPEND = constants.O_APPEND | constants.O_WRONLY | (DSYNC ?? 0);

/** Somebody else changed the file that records are appended to: what was written there may be lost. */
export class SegmentChanged extends Error {
  override readonly name = "SegmentChanged";
  readonly what: string;

  constructor(segment: string, what: string) {
    super(`${segment} ${what}`);
    this.what = what;
  }
}

const cutOff = "the lines of the refused write were cut off again";

/** The file that records are appended to: which one it is (device and inode) and how long it must be. */
export class OpenSegment {
  readonly name: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #identity: Pick<Stats, "dev" | "ino">;
  #size: number;
  #isMoved = false;

  private constructor(dir: string, name: string, handle: FileHandle, { dev, ino, size }: Stats) {
    this.name = name;
    this.#path = join(dir, name);
    this.#handle = handle;
    this.#identity = { dev, ino };
    this.#size = size;
  }

  /** Begins a segment; its name is on disk when this resolves. @throws NodeJS.ErrnoException EEXIST when there is such a file */
  static async create(dir: string, name: string): Promise<OpenSegment> {
    const handle = await open(join(dir, name), APPEND | constants.O_CREAT | constants.O_EXCL, 0o600);
    const folder = await open(dir, "r");
    await folder.sync().finally(() => folder.close());
    return new OpenSegment(dir, name, handle, await handle.stat());
  }

  /** Goes on with a segment that is there. */
  static async resume(dir: string, name: string): Promise<OpenSegment> {
    const handle = await open(join(dir, name), APPEND);
    return new OpenSegment(dir, name, handle, await handle.stat());
  }

  /** Its file was renamed, as logrotate(8) does: what was appended is in it, and the next lines belong into another. */
  get isMoved(): boolean {
    return this.#isMoved;
  }

  /** Bytes of all that was appended, and of what was there before. */
  get size(): number {
    return this.#size;
  }

  /** What the file has from a position on. */
  async readFrom(position: number): Promise<Buffer> {
    const handle = await open(this.#path, "r");
    try {
      const bytes = Buffer.alloc(Math.max(0, this.#size - position));
      await handle.read(bytes, 0, bytes.length, position);
      return bytes;
    } finally {
      await handle.close();
    }
  }

  /** True when both are one file, and nothing that this one holds is missing in the other. */
  isContinuedBy(other: OpenSegment): boolean {
    const { dev, ino } = other.#identity;
    return dev === this.#identity.dev && ino === this.#identity.ino && other.#size >= this.#size;
  }

  /**
   * Resolves when the bytes are on disk, in the file that the path names, and nothing else was written or cut there. One
   * stat(2) an append, after the write: it covers whatever happened before and during the write. When it rejects, the bytes are
   * not in the file, unless it cannot be cut either.
   * @throws SegmentChanged
   */
  async append(bytes: Buffer): Promise<void> {
    const progress = { written: 0 };
    try {
      await writeAll(this.#handle.fd, bytes, progress);
      await this.#assertFound(this.#size + bytes.length);
    } catch (failure) {
      const isCut = await this.#cutBack(progress.written).catch(() => false);
      throw failure instanceof SegmentChanged && isCut ? this.#changed(`${failure.what}; ${cutOff}`) : failure;
    }
    this.#size += bytes.length;
  }

  /** @throws SegmentChanged */
  async #assertFound(size: number): Promise<void> {
    try {
      await this.#assertInPlace(size);
    } catch (failure) {
      if (!(await this.#wasRenamed(size))) throw failure;
      this.#isMoved = true;
    }
  }

  /**
   * Takes away what the last write has put at the end. Nobody was told that it is written, and the tree has none of it: a file that is put
   * back with it would read as one that somebody added lines to. What others wrote or cut stays as it is.
   */
  async #cutBack(written: number): Promise<boolean> {
    const { size } = await this.#handle.stat();
    if (written === 0 || size !== this.#size + written) return false;
    await this.#handle.truncate(this.#size);
    await this.#handle.datasync();
    return true;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** On Node's thread pool: a file system that does not answer holds up the records, and nothing else of the process. */
  #assertInPlace(size: number): Promise<void> {
    return new Promise((resolve, reject) => {
      stat(this.#path, (error, found) => {
        const what =
          error === null
            ? this.#differenceOf(found, size)
            : `is not in its place any more (${error.code ?? error.message})`;
        if (what === null) resolve();
        else reject(this.#changed(what));
      });
    });
  }

  /** Null when it is the file that was written, as long as it must be. */
  #differenceOf({ dev, ino, size: found }: Stats, size: number): string | null {
    if (dev !== this.#identity.dev || ino !== this.#identity.ino) return "was replaced by another file";
    if (found === size) return null;
    const what = found < size ? "was cut" : "was written to by another program";
    return `${what}: it has ${found} bytes instead of ${size}`;
  }

  /** Whether the same file, as long as it must be, is there under another name of a segment. */
  async #wasRenamed(size: number): Promise<boolean> {
    const dir = dirname(this.#path);
    const { dev, ino } = this.#identity;
    const others = await segmentFiles(dir).catch(() => []);
    const found = others.find(({ name, file }) => name === this.name && file !== name);
    const stats = found === undefined ? null : await statAsync(join(dir, found.file)).catch(() => null);
    return stats?.dev === dev && stats.ino === ino && stats.size === size;
  }

  #changed(what: string): SegmentChanged {
    return new SegmentChanged(this.name, what);
  }
}

/** With callbacks: no other file operation is as frequent, and a promise each would cost as much again. */
function writeAll(fd: number, bytes: Buffer, progress: { written: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null): void => (error === null ? resolve() : reject(error));
    const from = (at: number): void => {
      write(fd, bytes, at, bytes.length - at, null, (error, written) => {
        if (error !== null) return reject(error);
        progress.written = at + written;
        if (progress.written < bytes.length) from(progress.written);
        else if (DSYNC === undefined) fdatasync(fd, settle);
        else resolve();
      });
    };
    from(0);
  });
}
