import { sha256InTurns } from "../../lib/hash-in-turns.ts";
import { isDataFile, pathInSource, type SourceFile, type Sources } from "../sources.ts";

/** All that the build of a policy depends on. */
export async function sourcesKey({ files, revision, roots = [] }: Sources): Promise<string[]> {
  return [revision, JSON.stringify(roots), ...(await filesKey(files))];
}

/**
 * What the compiled rules depend on: everything but data and golden cases. `compiled`: the files as OPA gets them, which may follow
 * from where data lie.
 */
export async function rulesKey({ files, roots = [] }: Sources, compiled: readonly SourceFile[]): Promise<string[]> {
  const written = await filesKey(files.filter(isOfRules));
  return [JSON.stringify(roots), ...written, "as compiled", ...(await filesKey(compiled.filter(isOfRules)))];
}

const goldenCase = /^golden\/[^/]+\.json$/;

/** As `isSource` says what a file is. A schema counts whatever it is called; OPA takes one named data.json for data as well. */
function isOfRules(file: SourceFile): boolean {
  const path = pathInSource(file);
  return path.startsWith("schemas/") || !(isDataFile(path) || goldenCase.test(path));
}

/** Two texts a file: what it is called and where it is from, and the digest of its bytes. */
export async function filesKey(files: readonly SourceFile[]): Promise<string[]> {
  const parts: string[] = [];
  for (const { path, bytes, from = null } of files)
    parts.push(JSON.stringify([path, from]), await sha256InTurns(bytes));
  return parts;
}
