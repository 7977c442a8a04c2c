import { execFileSync } from "node:child_process";
import { closeSync, copyFileSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Random } from "../../check.ts";
import { failDisk, mayFailDisk } from "./failing-disk.ts";

export interface StorePlace {
  readonly file: string;
  readonly pid: number;
  readonly random: Random;
}

export interface StoreFault {
  /** Begun and ended while the gateway is halted. @returns how to end it */
  begin(place: StorePlace): () => void;
  /** Absent: any time up to a second or two. */
  readonly lastsMs?: number;
}

const LOCK_MS = 10_000;

function locked(): StoreFault["begin"] {
  return ({ file }) => {
    const other = new DatabaseSync(file, { timeout: 0 });
    // The gateway may have been halted in a transaction.
    const holds = tried(() => other.exec("BEGIN IMMEDIATE"));
    return () => {
      if (holds) other.exec("COMMIT");
      other.close();
    };
  };
}

function tried(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function movedAway(suffix: string): StoreFault["begin"] {
  return ({ file }) => {
    renameSync(`${file}${suffix}`, `${file}${suffix}.aside`);
    return () => renameSync(`${file}${suffix}.aside`, `${file}${suffix}`);
  };
}

const limitFiles = (pid: number, bytes: string): void =>
  void execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);

const always: Readonly<Record<string, StoreFault>> = {
  "locked for a moment": { begin: locked() },
  "on a full disk": {
    begin: ({ pid }) => {
      limitFiles(pid, "0");
      return () => limitFiles(pid, "unlimited");
    },
  },
  "replaced by a copy": {
    begin: ({ file }) => {
      renameSync(file, `${file}.aside`);
      copyFileSync(`${file}.aside`, file);
      return () => {
        rmSync(file);
        renameSync(`${file}.aside`, file);
      };
    },
  },
  "moved away": { begin: movedAway("") },
  "without its write-ahead log": { begin: movedAway("-wal") },
  damaged: { begin: ({ file, random }) => damaged(file, random) },
  "locked for ten seconds": { begin: locked(), lastsMs: LOCK_MS },
};

const failing: StoreFault = {
  begin: ({ file, pid }) => failDisk(pid, "pread64,pwrite64,fsync,fdatasync", [file, `${file}-wal`]),
};

/** Those that this machine can do. */
export const storeFaults = (): Readonly<Record<string, StoreFault>> => ({
  ...always,
  ...(mayFailDisk() && { "on a disk with errors": failing }),
});

/** Bytes that tell what a page is (https://www.sqlite.org/fileformat.html#b_tree_pages): 255 is none. */
function damaged(file: string, random: Random): () => void {
  const handle = openSync(file, "r+");
  const header = Buffer.alloc(100);
  readSync(handle, header, 0, header.length, 0);
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pages = Math.floor(statSync(file).size / pageBytes);
  const before = new Map<number, number>();
  const byte = Buffer.alloc(1);
  for (let page = 1; page < pages; page += 1)
    if (random.chance(0.7)) {
      readSync(handle, byte, 0, 1, page * pageBytes);
      before.set(page * pageBytes, byte[0] ?? 0);
      writeSync(handle, Buffer.of(255), 0, 1, page * pageBytes);
    }
  return () => {
    for (const [at, was] of before) {
      readSync(handle, byte, 0, 1, at);
      // Another: the gateway has written the page since.
      if (byte[0] === 255) writeSync(handle, Buffer.of(was), 0, 1, at);
    }
    closeSync(handle);
  };
}
