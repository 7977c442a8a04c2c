import { createHash } from "node:crypto";
import type { Dirent, Stats } from "node:fs";
import { type FileHandle, open, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { ConfiguredAdoption, ConfiguredPlace } from "../domain/settings.ts";
import { GrowingBytes } from "../lib/bytes-in-turns.ts";
import { sha256InTurns } from "../lib/hash-in-turns.ts";
import { BundleFailure, type Location, TransientFailure, unreadable } from "./failure.ts";
import { READ_TOGETHER, unreadOf } from "./unread-files.ts";

export interface SourceFile {
  /** As messages name it, with forward slashes: below the policy folder, or behind the name of its source where there are several. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Absent when the policy is one folder. */
  readonly from?: FileOrigin;
}

/** Of a policy from several sources: where a file is from. */
export interface FileOrigin {
  readonly source: string;
  /** Path below the source, which is what OPA goes by. */
  readonly below: string;
  /** Whether its data hold only where no other source says otherwise, as those of the library. */
  readonly defaults: boolean;
  /** Paths in `data` that its source owns alone; null when it names none. */
  readonly roots: readonly string[] | null;
  readonly regoVersion: 0 | 1;
  /** Of a module that options stand for. */
  readonly configured?: ConfiguredModule;
}

/** The options that a generated module stands for. */
export interface ConfiguredModule extends Pick<ConfiguredAdoption, "unrouted"> {
  /** That of all lines that none of `lines` is about. */
  readonly whole: ConfiguredPlace;
  readonly lines: readonly { readonly line: number; readonly at: ConfiguredPlace }[];
}

/** The path that decides what a file is and where its data lie. */
export function pathInSource({ path, from }: SourceFile): string {
  return from?.below ?? path;
}

/** A consistent reading of all files that decide what becomes active. */
export interface Sources {
  readonly files: readonly SourceFile[];
  /** Digest over paths and contents, which is the revision of the bundle. */
  readonly revision: string;
  /** What is beside the files and no part of the policy, and looks as if it should be. */
  readonly unread?: readonly Location[];
  /** Of several sources that were merged: what each of them owns, also those of which no file is left. */
  readonly roots?: readonly RootOwner[];
  /** Of several sources that were merged: their data as `opa build` would write them to data.json; null or absent: OPA has to. */
  readonly data?: Buffer | null;
}

/** A source that says in its manifest which paths in `data` it owns. */
export interface RootOwner {
  readonly source: string;
  readonly roots: readonly string[];
}

/** The owners among the sources of the files, whichever kind of file each of them has. */
export function rootOwners(files: readonly SourceFile[]): RootOwner[] {
  const owners = files.flatMap(({ from }): [string, RootOwner][] =>
    from === undefined || from.roots === null ? [] : [[from.source, { source: from.source, roots: from.roots }]],
  );
  return [...new Map(owners).values()];
}

export interface Reading extends Sources {
  /** SHA-256 of each file's content by path. */
  readonly digests: ReadonlyMap<string, string>;
}

const DATA_FILES = new Set(["data.json", "data.yaml", "data.yml"]);
const MAX_FILES = 20_000;
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_READINGS = 5;

export function bytesOf(files: readonly { readonly bytes: Uint8Array }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

export function isDataFile(path: string): boolean {
  return DATA_FILES.has(path.slice(path.lastIndexOf("/") + 1));
}

/** Whether a file decides what becomes active: rules and data anywhere, capabilities.json, golden/ and schemas/; no tests. */
export function isSource(path: string): boolean {
  if (path === "capabilities.json" || /^(golden|schemas)\/[^/]+\.json$/.test(path)) return true;
  return isDataFile(path) || (path.endsWith(".rego") && !path.endsWith("_test.rego"));
}

/** What was read of a file before, by its path below the folder. */
export type Known = (path: string) => { readonly bytes: Buffer; readonly digest: string } | null;

/**
 * Reads the policy folder. `known`: of an earlier reading; a large file that is as it was is not in memory twice.
 * @throws BundleFailure when it cannot be read or exceeds the limits on files and bytes
 */
export async function readSources(directory: string, known: Known = () => null): Promise<Reading> {
  for (let reading = 1; ; reading += 1) {
    try {
      return await readOnce(directory, known);
    } catch (error) {
      // A deployment that swaps folders may remove the old one during the reading.
      const gone = error instanceof TransientFailure && (error.cause as NodeJS.ErrnoException).code === "ENOENT";
      if (!gone || reading === MAX_READINGS) throw error;
    }
  }
}

async function readOnce(directory: string, known: Known): Promise<Reading> {
  const root = await realpath(directory).catch((error: unknown) => {
    throw unreadable("the policy folder", error);
  });
  const all = await listFiles(root, "", [root]);
  const paths = all.filter(isSource).sort();
  const unread = await unreadOf({ sources: paths, others: all.filter((path) => !isSource(path)) }, (path) =>
    readFile(join(root, path), "utf8").catch((error: unknown) => {
      throw unreadable(path, error);
    }),
  );
  if (paths.length > MAX_FILES) throw new BundleFailure("load", `the policy folder holds more than ${MAX_FILES} files`);
  const files = await readFiles(root, paths, known);
  const digests = new Map(files.map(({ path, digest }) => [path, digest]));
  return { files: files.map(({ path, bytes }) => ({ path, bytes })), digests, revision: revisionOf(digests), unread };
}

interface DigestedFile extends SourceFile {
  readonly digest: string;
}

async function readFiles(root: string, paths: readonly string[], known: Known): Promise<DigestedFile[]> {
  const files: DigestedFile[] = [];
  let total = 0;
  for (let from = 0; from < paths.length; from += READ_TOGETHER) {
    const read = paths.slice(from, from + READ_TOGETHER).map(async (path) => {
      const read = await readDigested(join(root, path), known(path)).catch((error: unknown) => {
        throw unreadable(path, error);
      });
      return { path, ...read };
    });
    files.push(...(await Promise.all(read)));
    total += bytesOf(files.slice(from));
    if (total > MAX_BYTES) throw new BundleFailure("load", `the policy folder holds more than ${MAX_BYTES} bytes`);
  }
  return files;
}

/**
 * Reads until two consecutive readings agree: one reading during a swap may mix files of the old and the new folder.
 * `first`: a reading that was just made. `read` is given the reading before.
 * @throws BundleFailure as `read`, and when the sources keep changing
 */
export async function settled<Read extends Sources>(read: (before: Read) => Promise<Read>, first: Read): Promise<Read> {
  let last = first;
  for (let reading = 1; reading < MAX_READINGS; reading += 1) {
    const next = await read(last);
    if (next.revision === last.revision) return next;
    last = next;
  }
  throw new TransientFailure("load", "the policy folder keeps changing while it is read");
}

/** The files of tests in a policy folder. @throws BundleFailure when it cannot be read */
export async function readTests(directory: string): Promise<SourceFile[]> {
  const root = await realpath(directory).catch((error: unknown) => {
    throw unreadable("the policy folder", error);
  });
  const paths = (await listFiles(root, "", [root])).filter((path) => path.endsWith("_test.rego"));
  const read = (path: string) =>
    readFile(join(root, path)).catch((error: unknown) => {
      throw unreadable(path, error);
    });
  return Promise.all(paths.map(async (path) => ({ path, bytes: await read(path) })));
}

/** Bytes from which on a file that is read again is compared by its digest first. */
const LARGE = 1024 * 1024;

async function readDigested(path: string, known: ReturnType<Known>): Promise<NonNullable<ReturnType<Known>>> {
  if (known !== null && known.bytes.length >= LARGE && (await digestOfFile(path)) === known.digest) return known;
  const bytes = await bytesOfFile(path);
  return { bytes, digest: await sha256InTurns(bytes) };
}

async function bytesOfFile(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size < LARGE) return await file.readFile();
    const bytes = new GrowingBytes(Math.min(size, MAX_BYTES) + LARGE);
    for await (const part of partsOf(file)) {
      // A file that has become longer meanwhile differs when it is read again.
      if (!bytes.hasRoomFor(part)) break;
      bytes.add(part);
    }
    return bytes.bytes;
  } finally {
    await file.close();
  }
}

async function digestOfFile(path: string): Promise<string> {
  const all = createHash("sha256");
  const file = await open(path);
  try {
    for await (const part of partsOf(file)) all.update(part);
  } finally {
    await file.close();
  }
  return all.digest("hex");
}

/** Each in the memory of the one before: megabytes in buffers of their own are garbage, and V8 pauses calls to collect it. */
async function* partsOf(file: FileHandle): AsyncIterable<Buffer> {
  const part = Buffer.allocUnsafeSlow(LARGE / 4);
  for (;;) {
    const { bytesRead } = await file.read(part, 0, part.length, null);
    if (bytesRead === 0) return;
    yield part.subarray(0, bytesRead);
  }
}

/** Of files, or archives, by the SHA-256 of each. */
export function revisionOf(digests: ReadonlyMap<string, string>): string {
  const all = createHash("sha256");
  for (const [path, digest] of digests) all.update(`${path.length}:${path}:${digest}`);
  return all.digest("hex").slice(0, 32);
}

/**
 * Paths of all files. Links that stay in the folder are followed, since the files of a Kubernetes volume are links through
 * `..data`. Hidden files and folders are skipped: they hold settings of tools.
 * `chain`: the real paths of the folders from the root to this one.
 */
async function listFiles(root: string, below: string, chain: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(below === "" ? "the policy folder" : below, error);
  });
  const shown = entries.filter(({ name }) => !name.startsWith("."));
  for (let from = 0; from < shown.length; from += READ_TOGETHER) {
    const together = shown.slice(from, from + READ_TOGETHER).map((entry) => filesOf(root, below, chain, entry));
    // All of them have ended before the first failure is told.
    for (const each of await Promise.allSettled(together)) {
      if (each.status === "rejected") throw each.reason;
      found.push(...each.value);
    }
  }
  return found;
}

/** The file that the entry is, or those below the folder that it is. */
async function filesOf(root: string, below: string, chain: readonly string[], entry: Dirent): Promise<string[]> {
  const path = below === "" ? entry.name : `${below}/${entry.name}`;
  const there = entry.isSymbolicLink()
    ? await linked(root, path)
    : { kind: entry, real: join(chain.at(-1) ?? root, entry.name) };
  if (there?.kind.isFile() === true) return [path];
  if (there?.kind.isDirectory() !== true) return [];
  if (chain.includes(there.real)) throw new BundleFailure("load", `${path} is a link to a folder that it lies in`);
  return listFiles(root, path, [...chain, there.real]);
}

/** The target of a link; null for one that leads out of the folder and is no source. @throws BundleFailure for a source or folder outside: skipping it would skip rules */
async function linked(root: string, path: string): Promise<{ readonly kind: Stats; readonly real: string } | null> {
  try {
    const real = await realpath(join(root, path));
    const kind = await stat(real);
    if (real.startsWith(root + sep) || real === root) return { kind, real };
    if (!kind.isDirectory() && !isSource(path)) return null;
  } catch (error) {
    if (!isSource(path)) return null;
    throw unreadable(path, error);
  }
  throw new BundleFailure("load", `${path} is a link that leads out of the policy folder; put what it leads to inside`);
}
