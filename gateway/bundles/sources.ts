import { createHash } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BundleFailure } from "./failure.ts";

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

const DATA_FILES = new Set(["data.json", "data.yaml", "data.yml"]);
const MOST_FILES = 20_000;
const MOST_BYTES = 256 * 1024 * 1024;

/** Rules and data wherever they lie, and the three things beside them that decide about activation. Tests do not. */
export function isSource(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (path === "capabilities.json" || /^(golden|schemas)\/[^/]+\.json$/.test(path)) return true;
  return DATA_FILES.has(name) || (name.endsWith(".rego") && !name.endsWith("_test.rego"));
}

/** @throws BundleFailure when the directory cannot be read or holds more than a policy could */
export async function readSources(directory: string): Promise<Sources> {
  let paths: string[];
  try {
    paths = (await listFiles(directory, "")).filter(isSource).sort();
  } catch (error) {
    throw new BundleFailure(
      "load",
      `the policy folder cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`,
      [],
      error,
    );
  }
  if (paths.length > MOST_FILES)
    throw new BundleFailure("load", `the policy folder holds more than ${MOST_FILES} files`);
  const files: SourceFile[] = [];
  let total = 0;
  for (const path of paths) {
    const bytes = await readFile(join(directory, path));
    total += bytes.length;
    if (total > MOST_BYTES) throw new BundleFailure("load", `the policy folder holds more than ${MOST_BYTES} bytes`);
    files.push({ path, bytes });
  }
  return { files, revision: digestOf(files) };
}

function digestOf(files: readonly SourceFile[]): string {
  const hash = createHash("sha256");
  for (const { path, bytes } of files) hash.update(`${path.length}:${path}:${bytes.length}:`).update(bytes);
  return hash.digest("hex").slice(0, 32);
}

/** Links are not followed: what is built is what lies in the folder. Hidden folders hold tools' settings. */
async function listFiles(directory: string, below: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(join(directory, below))) {
    if (name.startsWith(".")) continue;
    const path = below === "" ? name : `${below}/${name}`;
    const entry = await lstat(join(directory, path));
    if (entry.isDirectory()) found.push(...(await listFiles(directory, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}
