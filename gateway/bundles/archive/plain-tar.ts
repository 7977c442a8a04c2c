import { Transform, type TransformCallback } from "node:stream";
import { BundleFailure } from "../failure.ts";

const BLOCK = 512;
/** Entries that hold attributes of the next entry: PAX (x) and GNU (L). `opa build` writes x for long names. */
const ATTRIBUTES = new Set(["x", "L"]);
const TYPES = new Set([...ATTRIBUTES, "0", "\0", "5"]);
/** PAX attributes that all readers treat alike. */
const HARMLESS = new Set(["path", "mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment"]);
const MAX_ATTRIBUTE_BYTES = 64 * 1024;

/**
 * A stream that passes on only tar archives that OPA (Go's archive/tar) and tar-stream read alike: POSIX or GNU headers with
 * octal sizes, files and directories, an end marker with nothing but zeros behind it. One pass, without buffering.
 * The stream fails with a BundleFailure for anything else, and when the archive with its padding is longer than `maxBytes`.
 */
export function plainTar(maxBytes: number): Transform {
  const reader = new PlainTar(maxBytes);
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      reader.guard(done, () => {
        reader.take(chunk);
        this.push(chunk);
      });
    },
    flush(done: TransformCallback) {
      reader.guard(done, () => reader.end());
    },
  });
}

class PlainTar {
  readonly #maxBytes: number;
  #total = 0;
  /** The header or attribute bytes collected so far. */
  #pending: Buffer = Buffer.alloc(0);
  /** Remaining bytes of the entry's content and padding. */
  #skip = 0;
  /** Type and length of the attributes that come next. */
  #attributes: { readonly type: string; readonly size: number } | null = null;
  #described = false;
  #zeroBlocks = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  guard(done: TransformCallback, work: () => void): void {
    try {
      work();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  take(chunk: Buffer): void {
    this.#total += chunk.length;
    if (this.#total > this.#maxBytes) throw refused(`unpacks to more than ${this.#maxBytes} bytes`);
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const wanted = this.#attributes === null ? BLOCK : padded(this.#attributes.size);
      const part = chunk.subarray(at, at + wanted - this.#pending.length);
      at += part.length;
      this.#pending = this.#pending.length === 0 ? part : Buffer.concat([this.#pending, part]);
      if (this.#pending.length === wanted) this.#consume();
    }
  }

  end(): void {
    if (this.#skip > 0 || this.#pending.length > 0 || this.#attributes !== null) throw refused("is cut off");
    if (this.#zeroBlocks < 2) throw refused("has no end marker");
  }

  #consume(): void {
    const bytes = this.#pending;
    this.#pending = Buffer.alloc(0);
    if (this.#attributes !== null) {
      const { type, size } = this.#attributes;
      this.#attributes = null;
      if (type === "x") checkPax(bytes.subarray(0, size));
      return;
    }
    if (bytes.every((byte) => byte === 0)) {
      this.#zeroBlocks += 1;
      return;
    }
    if (this.#zeroBlocks > 0) throw refused("has bytes behind its end marker, which OPA does not read");
    this.#header(bytes);
  }

  #header(block: Buffer): void {
    const type = String.fromCharCode(block[156] ?? 0);
    const name = block.toString("latin1", 0, 100).replace(/\0.*$/s, "");
    checkHeader(block, type, name);
    const size = octal(block, 124, 12, "size");
    if (ATTRIBUTES.has(type)) {
      if (this.#described) throw refused(`names one entry in two ways (${JSON.stringify(name)})`);
      if (size === 0 || size > MAX_ATTRIBUTE_BYTES) throw refused(`has attributes of ${size} bytes`);
      this.#attributes = { type, size };
      this.#described = true;
      return;
    }
    this.#described = false;
    if (type === "5" && size > 0) throw refused(`has a directory with content (${JSON.stringify(name)})`);
    this.#skip = padded(size);
  }
}

function checkHeader(block: Buffer, type: string, name: string): void {
  const magic = block.toString("latin1", 257, 265);
  if (magic !== "ustar\x0000" && magic !== "ustar  \0") throw refused("is no tar archive of POSIX or GNU");
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (octal(block, 148, 8, "checksum") !== sum)
    throw refused(`has a header with a wrong checksum (${JSON.stringify(name)})`);
  if (block.toString("latin1", 508, 512) === "tar\0") throw refused("is a tar archive of star");
  // Links and devices are refused by their names where entries are read.
  if (!TYPES.has(type) && !"123467".includes(type))
    throw refused(
      `has an entry of type ${JSON.stringify(type)} (${JSON.stringify(name)}), which not every reader reads alike`,
    );
  if ((type === "0" || type === "\0") && name.endsWith("/"))
    throw refused(`has a file that is named as a directory (${JSON.stringify(name)})`);
}

/** A PAX record is `<length> <name>=<value>\n`; the length counts the bytes of the whole record. */
function checkPax(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    const [, digits = ""] = /^([1-9]\d{0,5}) /.exec(bytes.toString("latin1", at, at + 8)) ?? [];
    const record = bytes.subarray(at, at + Number(digits));
    const [, name, value] = /^([^=]+)=([^\0]+)\n$/s.exec(record.toString("latin1", digits.length + 1)) ?? [];
    if (name === undefined || value === undefined || record.length !== Number(digits))
      throw refused("has attributes of PAX that cannot be read");
    if (!HARMLESS.has(name))
      throw refused(`has the attribute ${JSON.stringify(name)} of PAX, which not every reader reads alike`);
    if (name === "path" && value.endsWith("/")) throw refused("has a name of PAX that ends with a slash");
    at += record.length;
  }
}

function octal(block: Buffer, at: number, length: number, what: string): number {
  const text = block.toString("latin1", at, at + length);
  const [, digits] = /^ *([0-7]+)[ \0]+$/.exec(text) ?? [];
  if (digits === undefined) throw refused(`has a header whose ${what} is not octal`);
  return Number.parseInt(digits, 8);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function refused(why: string): BundleFailure {
  return new BundleFailure("load", `the bundle ${why}; archives of opa build are read`);
}
