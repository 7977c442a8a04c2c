import { packageOf } from "../build/unroll-wildcards.ts";
import { packageIsTaken } from "../rule-checks/ownership.ts";
import { asLine, BundleFailure, type Location } from "../failure.ts";
import { isDataFile, pathInSource, type SourceFile } from "../sources.ts";

/** Whether the files are of several sources, or of an archive: they cannot be compiled before they are merged. */
export function isLayered(files: readonly SourceFile[]): boolean {
  return files.some(({ from }) => from !== undefined);
}

/**
 * The files of several sources as one bundle for OPA. A package belongs to one source, so that no source changes what a rule of
 * another one finds; rules are called by the name of their source.
 * `data`: data files in place of those of the sources.
 * @throws BundleFailure that names both files of each conflict
 */
export function mergeFiles(files: readonly SourceFile[], data: readonly SourceFile[]): SourceFile[] {
  const common = sharedFiles(files);
  const conflicts = [...packageConflicts(files), ...common.conflicts];
  if (conflicts.length > 0) throw new BundleFailure("load", conflicts.map(asLine).join("\n"), conflicts);
  const kept = files.filter((file) => !isDataFile(file.path) && sharedName(file) === null);
  return [...kept, ...common.files, ...data, ...manifest(files)];
}

/** Packages that two sources have, before OPA finds two rules of one name. Any other way into a package is found with the syntax trees. */
function packageConflicts(files: readonly SourceFile[]): Location[] {
  const owners = new Map<string, SourceFile>();
  return files.flatMap((file) => {
    const name = file.path.endsWith(".rego") ? packageOf(file.bytes.toString("utf8"))?.join(".") : undefined;
    if (name === undefined) return [];
    const owner = owners.get(name) ?? file;
    owners.set(name, owner);
    return owner.from?.source === file.from?.source ? [] : [conflict(file, packageIsTaken(name, owner.path))];
  });
}

/** Files of which the whole policy has one: capabilities.json, and each schema. */
function sharedName(file: SourceFile): string | null {
  const path = pathInSource(file);
  return path === "capabilities.json" || path.startsWith("schemas/") ? path : null;
}

function sharedFiles(files: readonly SourceFile[]): { readonly files: SourceFile[]; readonly conflicts: Location[] } {
  const found = new Map<string, SourceFile>();
  const conflicts: Location[] = [];
  for (const file of files) {
    const name = sharedName(file);
    if (name === null) continue;
    const before = found.get(name);
    if (before === undefined) found.set(name, file);
    else if (!before.bytes.equals(file.bytes)) conflicts.push(conflict(file, `is not the same as ${before.path}`));
  }
  return { files: [...found].map(([path, { bytes }]) => ({ path, bytes })), conflicts };
}

function conflict(file: SourceFile, message: string): Location {
  return { file: file.path, line: 1, message };
}

/** Tells OPA which modules are written in Rego v0. */
function manifest(files: readonly SourceFile[]): SourceFile[] {
  const old = files.filter(({ path, from }) => from?.regoVersion === 0 && path.endsWith(".rego"));
  if (old.length === 0) return [];
  const versions = Object.fromEntries(old.map(({ path }) => [`/${path}`, 0]));
  const content = { roots: [""], rego_version: 1, file_rego_versions: versions };
  return [{ path: ".manifest", bytes: Buffer.from(JSON.stringify(content)) }];
}
