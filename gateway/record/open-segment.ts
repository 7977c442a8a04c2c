import { constants, fdatasync, type Stats, stat, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/** open(2): each write returns when its data is on disk, as after an fdatasync; not every system has such a flag. */
const DSYNC: number | undefined = constants.O_DSYNC;
const APPEND = constants.O_APPEND | constants.O_WRONLY | (DSYNC ?? 0);

/** Somebody else changed the file that records are appended to: what was written there may be lost. */
export class SegmentChanged extends Error {
  override readonly name = "SegmentChanged";
}

/** The file that records are appended to: which one it is (device and inode) and how long it must be. */
export class OpenSegment {
  readonly name: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #identity: Pick<Stats, "dev" | "ino">;
  #size: number;

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

  /** Bytes of all that was appended, and of what was there before. */
  get size(): number {
    return this.#size;
  }

  /** True when both are one file, and nothing that this one holds is missing in the other. */
  isContinuedBy(other: OpenSegment): boolean {
    const { dev, ino } = other.#identity;
    return dev === this.#identity.dev && ino === this.#identity.ino && other.#size >= this.#size;
  }

  /**
   * Resolves when the bytes are on disk, in the file that the path names, and nothing else was written or cut there. One
   * stat(2) an append, after the write: it covers whatever happened before and during the write.
   * @throws SegmentChanged
   */
  async append(bytes: Buffer): Promise<void> {
    await writeAll(this.#handle.fd, bytes);
    await this.#assertInPlace(this.#size + bytes.length);
    this.#size += bytes.length;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #assertInPlace(size: number): Promise<void> {
    const { dev, ino } = this.#identity;
    return new Promise((resolve, reject) => {
      stat(this.#path, (error, found) => {
        if (error !== null)
          return reject(this.#changed(`is not in its place any more (${error.code ?? error.message})`));
        if (found.dev !== dev || found.ino !== ino) return reject(this.#changed("was replaced by another file"));
        if (found.size === size) return resolve();
        const what = found.size < size ? "was cut" : "was written to by another program";
        reject(this.#changed(`${what}: it has ${found.size} bytes instead of ${size}`));
      });
    });
  }

  #changed(what: string): SegmentChanged {
    return new SegmentChanged(`${this.name} ${what}`);
  }
}

/** With callbacks: no other file operation is as frequent, and a promise each would cost as much again. */
function writeAll(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null): void => (error === null ? resolve() : reject(error));
    const from = (at: number): void => {
      write(fd, bytes, at, bytes.length - at, null, (error, written) => {
        if (error !== null) reject(error);
        else if (at + written < bytes.length) from(at + written);
        else if (DSYNC === undefined) fdatasync(fd, settle);
        else resolve();
      });
    };
    from(0);
  });
}
