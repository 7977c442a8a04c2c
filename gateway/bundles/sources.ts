import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BundleFailure, type Location, TransientFailure, unreadable } from "./failure.ts";

export interface SourceFile {
  /** Below the source directory, with forward slashes. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** Everything that decides what becomes active, as it was at one moment. */
export interface Sources {
  readonly files: readonly SourceFile[];
  /** Digest over paths and contents: the revision of what is built from them. */
  readonly revision: string;
}

interface Reading extends Sources {
  /** SHA-256 of each file's content by path. */
  readonly digests: ReadonlyMap<string, string>;
}

const DATA_FILES = new Set(["data.json", "data.yaml", "data.yml"]);
const MOST_FILES = 20_000;
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_READINGS = 5;
/** Bytes that are hashed in one turn of the event loop, less than a millisecond's work. */
const TURN_BYTES = 512 * 1024;

export function isDataFile(path: string): boolean {
  return DATA_FILES.has(path.slice(path.lastIndexOf("/") + 1));
}

/** Rules and data wherever they lie, and the three things beside them that decide about activation. Tests do not. */
export function isSource(path: string): boolean {
  if (path === "capabilities.json" || /^(golden|schemas)\/[^/]+\.json$/.test(path)) return true;
  return isDataFile(path) || (path.endsWith(".rego") && !path.endsWith("_test.rego"));
}

/** @throws BundleFailure when the directory cannot be read or holds more than a policy could */
export async function readSources(directory: string): Promise<Reading> {
  for (let reading = 1; ; reading += 1) {
    try {
      return await readOnce(directory);
    } catch (error) {
      // Whoever swaps folders may remove the old one while it is read.
      const gone = error instanceof TransientFailure && (error.cause as NodeJS.ErrnoException).code === "ENOENT";
      if (!gone || reading === MOST_READINGS) throw error;
    }
  }
}

async function readOnce(directory: string): Promise<Reading> {
  const root = await realpath(directory).catch((error: unknown) => {
    throw unreadable("the policy folder", error);
  });
  const all = await listFiles(root, "", [root]);
  await assertRulesAreNamedSo(root, all);
  const paths = all.filter(isSource).sort();
  if (paths.length > MOST_FILES)
    throw new BundleFailure("load", `the policy folder holds more than ${MOST_FILES} files`);
  const files: SourceFile[] = [];
  let total = 0;
  for (const path of paths) {
    const bytes = await readFile(join(root, path)).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    total += bytes.length;
    if (total > MOST_BYTES) throw new BundleFailure("load", `the policy folder holds more than ${MOST_BYTES} bytes`);
    files.push({ path, bytes });
  }
  return { files, ...(await digestsOf(files)) };
}

/**
 * What two readings, one after the other, agree on: a reading during a swap has some files of the old folder and some of
 * the new one. `first` is a reading just made.
 * @throws BundleFailure as `readSources`, and when the folder does not stop changing
 */
export async function settledSources(directory: string, first: Reading): Promise<Reading> {
  let last = first;
  for (let reading = 1; reading < MOST_READINGS; reading += 1) {
    const next = await readSources(directory);
    if (next.revision === last.revision) return next;
    last = next;
  }
  throw new TransientFailure("load", "the policy folder keeps changing while it is read");
}

async function digestsOf(files: readonly SourceFile[]): Promise<Pick<Reading, "digests" | "revision">> {
  const digests = new Map<string, string>();
  const all = createHash("sha256");
  for (const { path, bytes } of files) {
    const digest = await digestInTurns(bytes);
    digests.set(path, digest);
    all.update(`${path.length}:${path}:${digest}`);
  }
  return { digests, revision: all.digest("hex").slice(0, 32) };
}

/** Requests are being answered meanwhile. */
async function digestInTurns(bytes: Buffer): Promise<string> {
  const hash = createHash("sha256");
  for (let from = 0; from < bytes.length; from += TURN_BYTES) {
    if (from > 0) await nextTurn();
    hash.update(bytes.subarray(from, from + TURN_BYTES));
  }
  return hash.digest("hex");
}

/**
 * Paths of all files. A link is followed while it stays in the folder, as the files of a Kubernetes volume do (links
 * through `..data`); hidden folders hold tools' settings.
 * `chain` has the real paths of the folders on the way here, this one last.
 */
async function listFiles(root: string, below: string, chain: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(below === "" ? "the policy folder" : below, error);
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const there = entry.isSymbolicLink()
      ? await linked(root, path)
      : { kind: entry, real: join(chain.at(-1) ?? root, entry.name) };
    if (there?.kind.isFile() === true) found.push(path);
    if (there?.kind.isDirectory() !== true) continue;
    if (chain.includes(there.real)) throw new BundleFailure("load", `${path} is a link to a folder that it lies in`);
    found.push(...(await listFiles(root, path, [...chain, there.real])));
  }
  return found;
}

/** Where a link leads; null for one that leads out of the folder and is no source. @throws BundleFailure for a source or a folder out there: leaving it out would leave out rules */
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

const RULE_PLACE = /^package\s+sallyport\.(?:rules|tools)\./m;
const EXPORT = /^(?:deny|hide|hold|oblige|permit)\b/m;
const TEST = /^\s*(?:todo_)?test_/m;

/**
 * Rules in a file that is not read because of its name, such as `pen_test.rego`, would be rules that nobody asks.
 * `paths`: all files of the folder. @throws BundleFailure that names every such file
 */
async function assertRulesAreNamedSo(root: string, paths: readonly string[]): Promise<void> {
  const found: Location[] = [];
  for (const file of paths.filter((path) => /\.rego$/i.test(path)).toSorted()) {
    if (!file.endsWith(".rego")) found.push({ file, line: 1, message: "is not read: its name must end with .rego" });
    else if (file.endsWith("_test.rego") && (await holdsRulesOnly(join(root, file), file)))
      found.push({
        ...{ file, line: 1 },
        message:
          "is not read: _test.rego is how the name of a file of tests ends, and it has a rule and no test. Rename it",
      });
  }
  if (found.length === 0) return;
  throw new BundleFailure("load", found.map(({ file, message }) => `${file}:1: ${message}`).join("\n"), found);
}

async function holdsRulesOnly(path: string, name: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw unreadable(name, error);
  });
  return RULE_PLACE.test(text) && EXPORT.test(text) && !TEST.test(text);
}
