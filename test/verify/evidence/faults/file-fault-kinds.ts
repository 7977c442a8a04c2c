import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Random } from "../../check.ts";
import { removeAtOnce } from "../../../support/remove-at-once.ts";
import { failDisk, mayFailDisk } from "./failing-disk.ts";

/** Where a gateway writes its log. */
export interface LogPlace {
  /** Folder of the log. */
  readonly dir: string;
  /** Gets a copy of what is about to go. */
  readonly aside: string;
  readonly pid: number;
  readonly random: Random;
}

/** Done while the gateway is halted. @returns how to end it, for what lasts */
export type FileFault = (place: LogPlace) => (() => void) | null;

let copies = 0;

export const segmentsIn = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => /^decisions-\d+\.jsonl$/.test(name) && lstatSync(join(dir, name)).isFile())
    .sort();

function newest({ dir }: LogPlace): string {
  return join(dir, segmentsIn(dir).at(-1) ?? "");
}

function keep({ aside }: LogPlace, file: string): void {
  copyFileSync(file, join(aside, `${(copies += 1)}-${file.split("/").at(-1) ?? ""}`));
}

function once(change: (file: string, place: LogPlace) => void): FileFault {
  return (place) => {
    const file = newest(place);
    keep(place, file);
    change(file, place);
    return null;
  };
}

function lasting(begin: (place: LogPlace) => void, end: (place: LogPlace) => void): FileFault {
  return (place) => {
    begin(place);
    return () => end(place);
  };
}

/** The path is a file; what was there is put back at the end. */
function replacedByFile(pathOf: (place: LogPlace) => string): FileFault {
  return (place) => {
    const path = pathOf(place);
    if (!existsSync(path)) return null;
    renameSync(path, `${path}.was`);
    writeFileSync(path, "");
    return () => {
      rmSync(path);
      renameSync(`${path}.was`, path);
    };
  };
}

const tree = ({ dir }: LogPlace): string => join(dir, "tlog");
const limitFiles = ({ pid }: LogPlace, bytes: string): void =>
  void execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);

const always: Readonly<Record<string, FileFault>> = {
  deleted: once((file) => rmSync(file)),
  "moved away": once((file, { aside }) => renameSync(file, join(aside, `${(copies += 1)}-moved-decisions-`))),
  renamed: (place) => {
    renameSync(newest(place), `${newest(place)}.1`);
    return null;
  },
  emptied: once((file) => truncateSync(file, 0)),
  "cut anywhere": once((file, { random }) => truncateSync(file, random.below(statSync(file).size))),
  "cut after a line": once((file, { random }) => {
    const bytes = readFileSync(file);
    truncateSync(file, bytes.lastIndexOf(0x0a, random.below(bytes.length)) + 1);
  }),
  "replaced by a copy": once((file) => {
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
  }),
  "replaced by a folder": once((file) => {
    rmSync(file);
    mkdirSync(file);
  }),
  "appended to": once((file) => appendFileSync(file, "no record\n")),
  "given a line again": once((file) =>
    appendFileSync(file, `${readFileSync(file, "utf8").split("\n").at(-2) ?? ""}\n`),
  ),
  "robbed of an older one": (place) => {
    const older = segmentsIn(place.dir).slice(0, -1);
    if (older.length === 0) return null;
    const file = join(place.dir, place.random.pick(older));
    keep(place, file);
    rmSync(file);
    return null;
  },
  "deleted with its folder": (place) => {
    for (const name of readdirSync(place.dir))
      if (name.startsWith("decisions-") && lstatSync(join(place.dir, name)).isFile())
        keep(place, join(place.dir, name));
    removeAtOnce(place.dir);
    return null;
  },
  "in a folder that is a file": replacedByFile(({ dir }) => dir),
  "without its tree": (place) => {
    if (existsSync(tree(place))) removeAtOnce(tree(place));
    return null;
  },
  "with a tree that is a file": replacedByFile(tree),
  "not allowed to grow": lasting(
    (place) => limitFiles(place, "0"),
    (place) => limitFiles(place, "unlimited"),
  ),
};

/** The next segment cannot be made. */
const readOnly = lasting(
  (place) => {
    renameSync(newest(place), `${newest(place)}.1`);
    execFileSync("mount", ["--bind", place.dir, place.dir]);
    execFileSync("mount", ["-o", "remount,bind,ro", place.dir]);
  },
  ({ dir }) => void execFileSync("umount", [dir]),
);

function onDisk(calls: string, pathsOf: (place: LogPlace) => readonly string[]): FileFault {
  return (place) => failDisk(place.pid, calls, pathsOf(place));
}

const writing = "write,pwrite64,writev,pwritev2,fsync,fdatasync";
const diskFaults: Readonly<Record<string, FileFault>> = {
  "on a disk with errors": onDisk(writing, (place) => [newest(place)]),
  "beside checkpoints on a disk with errors": onDisk(writing, (place) =>
    ["checkpoints", "checkpoint.new"].map((name) => join(tree(place), name)),
  ),
  "on a disk that syncs no file": onDisk("fsync,fdatasync", () => []),
};

const notPermitted = lasting(
  (place) => {
    renameSync(newest(place), `${newest(place)}.1`);
    chmodSync(place.dir, 0o500);
  },
  ({ dir }) => chmodSync(dir, 0o700),
);

/** Those that this machine and user can do. `folder`: an empty one */
export function fileFaults(folder: string): Readonly<Record<string, FileFault>> {
  return {
    ...always,
    ...(mayMount(folder) && { "mounted read-only": readOnly }),
    ...(mayFailDisk() && diskFaults),
    // Who may do everything is not kept from anything by the bits of a file.
    ...(process.getuid?.() !== 0 && { "not permitted to be written": notPermitted }),
  };
}

function mayMount(folder: string): boolean {
  try {
    execFileSync("mount", ["--bind", folder, folder], { stdio: "ignore" });
    execFileSync("umount", [folder]);
    return true;
  } catch {
    return false;
  }
}
